import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { findOne } from '../find-one.ts';
import { formatRelative } from '../format.ts';
import { report } from '../output.ts';
import { readSecret } from '../read-secret.ts';
import { renderTable, safeText } from '../table.ts';

/** Adds `toll key admin` with `add`, `list` and `remove`. */
export function addAdminKeyCommands(key: Command, cli: Cli): void {
  const admin = key
    .command('admin')
    .description('keys that make and revoke provider keys; they never reach the gateway: add, list, remove');

  admin
    .command('add')
    .description('store an admin key, read from stdin or a hidden prompt')
    .argument('<provider>', 'the provider whose keys it makes')
    .option('--label <label>', 'a name to tell several apart')
    .action((provider: string, options: { readonly label?: string }) => addAdminKey(cli, provider, options.label));

  admin
    .command('list')
    .description('list the admin keys; never shows more than a fingerprint')
    .action(() => listAdminKeys(cli));

  admin
    .command('remove')
    .description('remove an admin key')
    .argument('<id>', 'the admin key\u2019s id, or the beginning of it')
    .action((id: string) => removeAdminKey(cli, id));
}

async function addAdminKey(cli: Cli, provider: string, label: string | undefined): Promise<void> {
  await withControl(cli, async (control) => {
    const secret = await readSecret(cli, `Admin key for ${provider} (not shown): `);
    const added = await control.call('adminKey.add', { provider, secret, ...(label === undefined ? {} : { label }) });
    report(cli, added, () => `Stored ${added.id} (${added.provider} ${added.fingerprint}).`);
  });
}

async function listAdminKeys(cli: Cli): Promise<void> {
  const keys = await withControl(cli, (control) => control.call('adminKey.list', {}));
  report(cli, keys, () =>
    keys.length === 0
      ? 'No admin key is stored. Add one with: toll key admin add PROVIDER'
      : renderTable(keys, [
          { title: 'ID', value: (row) => row.id },
          { title: 'PROVIDER', value: (row) => row.provider },
          { title: 'LABEL', value: (row) => safeText(row.label) },
          { title: 'KEY', value: (row) => row.fingerprint },
          { title: 'ADDED', value: (row) => formatRelative(row.createdAt, cli.now()) },
        ]),
  );
}

async function removeAdminKey(cli: Cli, id: string): Promise<void> {
  await withControl(cli, async (control) => {
    const key = findOne(await control.call('adminKey.list', {}), id, 'admin key');
    await control.call('adminKey.remove', { id: key.id });
    report(cli, { id: key.id }, () => `Removed ${key.id} (${key.provider} ${key.fingerprint}).`);
  });
}
