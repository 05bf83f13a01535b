import { type Command, Option } from 'commander';
import { TollkeeperError } from '#shared/model/error.ts';
import type { IdentityCard, WorkloadIdentity } from '#shared/model/workload-identity.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { report } from '../output.ts';

/** What `toll key add --workload-identity` takes besides. */
export interface IdentityOptions {
  readonly workloadIdentity?: true;
  readonly rule?: string;
  readonly organization?: string;
  readonly serviceAccount?: string;
  readonly workspace?: string;
}

/** Adds the options to `toll key add`. */
export function withIdentityOptions(command: Command): Command {
  return command
    .option('--workload-identity', 'store no key: the provider gives tokens of some minutes for our assertions')
    .addOption(new Option('--rule <id>', 'with --workload-identity: the rule that trusts this installation'))
    .addOption(new Option('--organization <id>', 'with --workload-identity: the organisation'))
    .addOption(new Option('--service-account <id>', 'with --workload-identity: the account that calls are made as'))
    .addOption(new Option('--workspace <id>', 'with --workload-identity: the workspace, where the rule has several'));
}

/** Reads those options; null when a key is to be stored. Throws `invalid_request` for what is missing. */
export function readIdentity(options: IdentityOptions): WorkloadIdentity | null {
  const { rule, organization, serviceAccount, workspace } = options;
  const isMeant = options.workloadIdentity === true;
  if (!isMeant && [rule, organization, serviceAccount, workspace].every((value) => value === undefined)) return null;
  if (!isMeant || rule === undefined || organization === undefined || serviceAccount === undefined)
    throw new TollkeeperError(
      'invalid_request',
      'Without a stored key it takes --workload-identity, --rule, --organization and --service-account. toll key identity PROVIDER says what to register there.',
    );
  return {
    ruleId: rule,
    organizationId: organization,
    serviceAccountId: serviceAccount,
    workspaceId: workspace ?? null,
  };
}

/** Adds `toll key identity`. */
export function addIdentityCommand(key: Command, cli: Cli): void {
  key
    .command('identity')
    .description('say what a provider has to be told so that it gives this installation tokens without a stored key')
    .argument('<provider>', 'a provider with workload identities, such as anthropic')
    .action((provider: string) => showIdentity(cli, provider));
}

async function showIdentity(cli: Cli, provider: string): Promise<void> {
  const card = await withControl(cli, (control) => control.call('identity.read', { provider }));
  report(cli, card, () => render(card));
}

function render({ issuer, subject, audience, jwks }: IdentityCard): string {
  return [
    'Register these where the provider asks for an issuer with inline keys, and for a rule:',
    `issuer    ${issuer}`,
    `subject   ${subject}`,
    `audience  ${audience}`,
    `keys      ${JSON.stringify(jwks)}`,
  ].join('\n');
}
