import { type Command, Option } from 'commander';
import { type Policy, policySchema, tokenLifetime } from '#shared/model/access.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { findOne } from '../find-one.ts';
import { formatCount, formatDuration, formatMoney, formatRelative } from '../format.ts';
import { paintFor, report } from '../output.ts';
import { renderTable, safeText } from '../table.ts';
import { type DemandOptions, withDemandOptions } from './options.ts';

interface AddOptions extends DemandOptions {
  readonly tool: string;
  readonly executable?: string;
  readonly folder?: string;
}

/** Adds `toll policy` with `list`, `add` and `remove`. */
export function addPolicyCommands(program: Command, cli: Cli): void {
  const policy = program.command('policy').description('standing decisions: list, add, remove');

  policy
    .command('list')
    .description('list the standing decisions')
    .action(() => listPolicies(cli));

  withDemandOptions(policy.command('add').description('always allow, or always deny, a tool a scope'))
    .argument('<effect>', 'allow or deny')
    .requiredOption('--tool <name>', 'the tool\u2019s name')
    .addOption(new Option('--executable <path>', 'only for this program'))
    .addOption(new Option('--folder <path>', 'only in this working folder'))
    .action((effect: string, options: AddOptions, command: Command) => addPolicy(cli, { effect, options, command }));

  policy
    .command('remove')
    .description('remove a standing decision')
    .argument('<id>', 'the policy\u2019s id, or the beginning of it')
    .action((id: string) => removePolicy(cli, id));
}

async function listPolicies(cli: Cli): Promise<void> {
  const policies = await withControl(cli, (control) => control.call('policy.list', {}));
  report(cli, policies, () =>
    policies.length === 0 ? 'There is no standing decision.' : renderPolicies(cli, policies),
  );
}

function renderPolicies(cli: Cli, policies: readonly Policy[]): string {
  const paint = paintFor(cli);
  return renderTable(policies, [
    { title: 'ID', value: (row) => row.id },
    { title: 'EFFECT', value: (row) => paint(row.effect === 'allow' ? 'green' : 'red', row.effect) },
    { title: 'TOOL', value: (row) => safeText(row.tool) },
    { title: 'SCOPES', value: (row) => row.scopes.join(' ') },
    { title: 'FOR', value: (row) => formatDuration(row.ttlSeconds), align: 'right' },
    { title: 'USES', value: (row) => formatCount(row.uses), align: 'right' },
    { title: 'BUDGET', value: (row) => formatMoney(row.budgetMicroUsd), align: 'right' },
    { title: 'PROGRAM', value: (row) => safeText(row.executable ?? 'any') },
    { title: 'FOLDER', value: (row) => safeText(row.folder ?? 'any') },
    { title: 'ADDED', value: (row) => formatRelative(row.createdAt, cli.now()) },
  ]);
}

async function addPolicy(
  cli: Cli,
  { effect, options, command }: { readonly effect: string; readonly options: AddOptions; readonly command: Command },
): Promise<void> {
  const decidedEffect = policySchema.shape.effect.safeParse(effect);
  if (!decidedEffect.success) throw new TollkeeperError('wrong_usage', 'The effect is allow or deny.');
  const scopes = options.scope ?? command.error("error: required option '--scope <scope>' not specified");
  const draft = {
    effect: decidedEffect.data,
    tool: options.tool,
    scopes: [...scopes],
    executable: options.executable ?? null,
    folder: options.folder ?? null,
    ttlSeconds: options.ttl ?? tokenLifetime.defaultSeconds,
    uses: options.uses ?? null,
    budgetMicroUsd: options.budget ?? null,
  };
  const added = await withControl(cli, (control) => control.call('policy.add', draft));
  report(cli, added, () => `Added ${added.id}: ${added.effect} "${safeText(added.tool)}" ${added.scopes.join(' ')}.`);
}

async function removePolicy(cli: Cli, id: string): Promise<void> {
  await withControl(cli, async (control) => {
    const policy = findOne(await control.call('policy.list', {}), id, 'policy');
    await control.call('policy.remove', { id: policy.id });
    report(cli, { id: policy.id }, () => `Removed ${policy.id}.`);
  });
}
