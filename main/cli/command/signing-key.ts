import type { Command } from 'commander';
import type { SigningKeyView } from '#shared/model/signing-key.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { formatRelative } from '../format.ts';
import { report } from '../output.ts';
import { renderTable } from '../table.ts';

/** Adds `toll signing-key` with `list` and `rotate`. */
export function addSigningKeyCommands(program: Command, cli: Cli): void {
  const signingKey = program
    .command('signing-key')
    .description('the keys that tokens are signed with, which take turns by themselves: list, rotate');

  signingKey
    .command('list')
    .description('list them, newest first')
    .action(() => list(cli));

  signingKey
    .command('rotate')
    .description('make the next one now; it signs a quarter of an hour later, and no token is refused for it')
    .option('--compromised', 'let it sign at once, and refuse every JWT that was signed before')
    .action(({ compromised }: { readonly compromised?: true }) => rotate(cli, compromised === true));
}

async function list(cli: Cli): Promise<void> {
  const keys = await withControl(cli, (control) => control.call('signingKey.list', {}));
  report(cli, keys, () => render(cli, keys));
}

function render(cli: Cli, keys: readonly SigningKeyView[]): string {
  const now = cli.now();
  return renderTable(keys, [
    { title: 'KEY', value: (row) => row.kid },
    { title: 'ALGORITHM', value: (row) => row.algorithm },
    { title: 'STATE', value: (row) => row.state },
    { title: 'SIGNS FROM', value: (row) => (row.signsFrom === null ? '' : formatRelative(row.signsFrom, now)) },
    { title: 'SIGNED UNTIL', value: (row) => (row.signedUntil === null ? '' : formatRelative(row.signedUntil, now)) },
  ]);
}

async function rotate(cli: Cli, replace: boolean): Promise<void> {
  const made = await withControl(cli, (control) => control.call('signingKey.rotate', { replace }));
  report(cli, made, () =>
    replace
      ? `Key ${made.kid} signs from now on. Every JWT signed before is refused: tools must ask again.`
      : `Key ${made.kid} is published and signs ${formatRelative(made.signsFrom, cli.now())}.`,
  );
}
