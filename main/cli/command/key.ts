import type { Command } from 'commander';
import type { Credential } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { WorkloadIdentity } from '#shared/model/workload-identity.ts';
import { customDefinitionId, providerIds } from '#shared/provider/index.ts';
import type { Cli } from '../cli.ts';
import { type ControlClient, withControl } from '../client.ts';
import { findOne } from '../find-one.ts';
import { formatRelative } from '../format.ts';
import { note, paintFor, report } from '../output.ts';
import { parseWeight } from '../parse-route.ts';
import { readSecret } from '../read-secret.ts';
import { describeAge } from '../rotation-words.ts';
import { renderTable, safeText } from '../table.ts';
import { addAdminKeyCommands } from './admin-key.ts';
import { addRotateCommand } from './rotation.ts';
import { addIdentityCommand, type IdentityOptions, readIdentity, withIdentityOptions } from './workload-identity.ts';

interface AddOptions extends IdentityOptions {
  readonly label?: string;
  readonly baseUrl?: string;
  readonly verify: boolean;
}

/** Adds `toll key` with `add`, `list`, `verify`, `weight`, `rotate`, `admin`, `identity` and `remove`. */
export function addKeyCommands(program: Command, cli: Cli): void {
  const key = program
    .command('key')
    .description('provider keys: add, list, verify, weight, rotate, admin, identity, remove');
  const known = providerIds.filter((id) => id !== customDefinitionId).join(', ');

  withIdentityOptions(key.command('add'))
    .description('store a provider key, read from stdin or a hidden prompt')
    .argument('<provider>', 'a known provider, or a name of your own with --base-url')
    .option('--label <label>', 'a name to tell several keys apart')
    .option('--base-url <url>', 'another address for this key, as the provider\u2019s own SDK means it')
    .option('--no-verify', 'store it without trying it')
    .addHelpText('after', `\nProviders: ${known}\n\nExample: printf %s "$KEY" | toll key add PROVIDER`)
    .action((provider: string, options: AddOptions) => addKey(cli, provider, options));

  key
    .command('list')
    .description('list the stored keys; never shows more than a fingerprint')
    .action(() => listKeys(cli));

  key
    .command('verify')
    .description('try a stored key against its provider')
    .argument('<id>', 'the key\u2019s id, or the beginning of it')
    .action((id: string) => verifyKey(cli, id));

  key
    .command('weight')
    .description('say what share of its provider\u2019s calls a key takes, beside the other keys of that provider')
    .argument('<id>', 'the key\u2019s id, or the beginning of it')
    .argument('<share>', '1 to 100, relative to the others; 0 to serve only when no other is left; off for no share')
    .addHelpText('after', '\nWithout a share the default key takes all calls, and no other takes any.')
    .action((id: string, share: string) => weighKey(cli, id, share));

  addRotateCommand(key, cli);
  addAdminKeyCommands(key, cli);
  addIdentityCommand(key, cli);

  key
    .command('remove')
    .description('remove a stored key')
    .argument('<id>', 'the key\u2019s id, or the beginning of it')
    .action((id: string) => removeKey(cli, id));
}

async function addKey(cli: Cli, provider: string, options: AddOptions): Promise<void> {
  await withControl(cli, async (control) => {
    const known = (await control.call('provider.list', {})).find((item) => item.id === provider);
    if (!known && options.baseUrl === undefined) {
      throw new TollkeeperError(
        'unknown_provider',
        `There is no provider ${JSON.stringify(provider)}. Known: ${providerIds.join(', ')}; or name your own with --base-url.`,
      );
    }
    const identity = readIdentity(options);
    if (identity !== null) return addKeyless(cli, control, { provider, identity, options });
    const secret = await readSecret(cli, `Key for ${known?.name ?? provider} (not shown): `);
    if (secret === '' && known?.local !== true) {
      throw new TollkeeperError('key_malformed', 'No key was given. Pipe it into stdin or type it at the prompt.');
    }
    const added = await control.call('credential.add', {
      provider,
      secret,
      verify: options.verify,
      ...(options.label === undefined ? {} : { label: options.label }),
      ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
    });
    note(cli, verificationWords(added));
    report(cli, added, () => `Stored ${added.id} (${added.provider} ${added.fingerprint}).`);
  });
}

async function addKeyless(
  cli: Cli,
  control: ControlClient,
  wish: { readonly provider: string; readonly identity: WorkloadIdentity; readonly options: AddOptions },
): Promise<void> {
  const { provider, identity, options } = wish;
  const added = await control.call('credential.addKeyless', {
    ...{ provider, identity, verify: options.verify },
    ...(options.label === undefined ? {} : { label: options.label }),
    ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
  });
  note(cli, verificationWords(added));
  report(cli, added, () => `Added ${added.id} (${added.provider}, ${added.fingerprint}).`);
}

function verificationWords(credential: Credential): string {
  const verification = credential.verification;
  if (!verification || verification.outcome === 'skipped') return '';
  const count = verification.models.length;
  const models = count > 0 ? ` It reaches ${count} ${count === 1 ? 'model' : 'models'}.` : '';
  return `${safeText(verification.message)}${verification.account ? ` Account: ${safeText(verification.account)}.` : ''}${models}`;
}

async function listKeys(cli: Cli): Promise<void> {
  const keys = await withControl(cli, (control) => control.call('credential.list', {}));
  report(cli, keys, () =>
    keys.length === 0 ? 'No key is stored. Add one with: toll key add PROVIDER' : renderKeys(cli, keys),
  );
}

function renderKeys(cli: Cli, keys: readonly Credential[]): string {
  const paint = paintFor(cli);
  return renderTable(keys, [
    { title: 'ID', value: (row) => row.id },
    { title: 'PROVIDER', value: (row) => row.provider },
    { title: 'LABEL', value: (row) => safeText(row.label) },
    { title: 'KEY', value: (row) => row.fingerprint },
    { title: 'DEFAULT', value: (row) => (row.isDefault ? 'yes' : '') },
    { title: 'SHARE', value: (row) => (row.weight === null ? (row.isDefault ? '1' : '') : String(row.weight)) },
    { title: 'HEALTH', value: (row) => healthWords(cli, row) },
    { title: 'VAULT', value: (row) => (row.vaultState === 'present' ? 'ok' : paint('red', row.vaultState)) },
    { title: 'AGE', value: (row) => describeAge(row.rotation, cli.now()) },
    { title: 'LAST USED', value: (row) => formatRelative(row.lastUsedAt, cli.now()) },
    { title: 'BASE URL', value: (row) => row.baseUrl },
  ]);
}

async function verifyKey(cli: Cli, id: string): Promise<void> {
  await withControl(cli, async (control) => {
    const key = await findKey(control, id);
    const verification = await control.call('credential.verify', { id: key.id });
    if (verification.outcome === 'rejected') throw new TollkeeperError('key_rejected', verification.message);
    if (verification.outcome === 'unreachable') throw new TollkeeperError('upstream_unreachable', verification.message);
    report(
      cli,
      { id: key.id, ...verification },
      () => verificationWords({ ...key, verification }) || verification.message,
    );
  });
}

async function weighKey(cli: Cli, id: string, share: string): Promise<void> {
  const weight = parseWeight(share);
  await withControl(cli, async (control) => {
    const key = await findKey(control, id);
    const weighed = await control.call('credential.setWeight', { id: key.id, weight });
    report(cli, weighed, () => `${weighed.id} (${weighed.provider} ${weighed.fingerprint}): ${weightWords(weighed)}.`);
  });
}

/** Its share as the gateway takes it. */
function weightWords({ weight, isDefault }: Credential): string {
  if (weight === 0) return 'when no other is left';
  if (weight === null) return isDefault ? 'share 1' : 'no share';
  return `share ${weight}`;
}

/** How it does at its provider, and until when. */
function healthWords(cli: Cli, { health }: Credential): string {
  if (health.state === 'closed') return 'ok';
  const reason = (health.reason ?? health.state).replaceAll('_', ' ');
  const models = health.models.length === 0 ? '' : ` (${health.models.join(' ')})`;
  const again = health.until === null ? 'tried with the next call' : `again ${formatRelative(health.until, cli.now())}`;
  return paintFor(cli)(health.state === 'cooling' ? 'amber' : 'red', safeText(`${reason}${models}, ${again}`));
}

async function removeKey(cli: Cli, id: string): Promise<void> {
  await withControl(cli, async (control) => {
    const key = await findKey(control, id);
    await control.call('credential.remove', { id: key.id });
    report(cli, { id: key.id }, () => `Removed ${key.id} (${key.provider} ${key.fingerprint}).`);
  });
}

async function findKey(control: ControlClient, id: string): Promise<Credential> {
  return findOne(await control.call('credential.list', {}), id, 'key');
}
