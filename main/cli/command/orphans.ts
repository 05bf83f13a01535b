import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { formatRelative } from '../format.ts';
import { note, report } from '../output.ts';
import { renderTable, safeText } from '../table.ts';

/** Adds `orphans` to `toll rotation`. */
export function addOrphanCommand(rotation: Command, cli: Cli): void {
  rotation
    .command('orphans')
    .description('look at the providers for keys that were made here and that nothing uses')
    .option('--remove', 'revoke them')
    .action((options: { readonly remove?: true }) => orphans(cli, options.remove === true));
}

async function orphans(cli: Cli, remove: boolean): Promise<void> {
  await withControl(cli, async (control) => {
    const found = await control.call('rotation.orphans', {});
    for (const { credentialId, message } of found.unreachable)
      note(cli, `Could not look for those of ${credentialId}: ${safeText(message)}`);
    if (remove) {
      for (const { credentialId, keyId } of found.orphans)
        await control.call('rotation.removeOrphan', { credentialId, keyId });
    }
    report(cli, { ...found, removed: remove }, () => {
      if (found.orphans.length === 0) return 'There is none.';
      const list = renderTable(found.orphans, [
        { title: 'NAME', value: (row) => safeText(row.name) },
        { title: 'KEY', value: (row) => row.credentialId },
        { title: 'PROVIDER', value: (row) => row.provider },
        { title: 'MADE', value: (row) => formatRelative(row.createdAt, cli.now()) },
        { title: 'LAST USED', value: (row) => formatRelative(row.lastUsedAt, cli.now()) },
      ]);
      return remove ? `${list}\nRevoked.` : `${list}\nRevoke them with: toll rotation orphans --remove`;
    });
  });
}
