import type { Command } from 'commander';
import { databaseKeySteps } from '#shared/model/database-key.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { formatRelative } from '../format.ts';
import { report } from '../output.ts';

/** Adds `toll database-key` with `show` and `rotate`. */
export function addDatabaseKeyCommands(program: Command, cli: Cli): void {
  const databaseKey = program
    .command('database-key')
    .description('the key that the databases on this disk are encrypted with: show, rotate');

  databaseKey
    .command('show')
    .description('say how old it is and when it is changed next')
    .action(() => show(cli));

  databaseKey
    .command('rotate')
    .description('encrypt both databases with a new key now, while the gateway goes on serving')
    .action(() => rotate(cli));
}

async function show(cli: Cli): Promise<void> {
  const key = await withControl(cli, (control) => control.call('databaseKey.read', {}));
  report(cli, key, () => {
    const now = cli.now();
    const next = key.nextAt === null ? 'changed only when you ask' : `next change ${formatRelative(key.nextAt, now)}`;
    const step = key.step === null ? [] : [`${databaseKeySteps[key.step]} \u2026`];
    const problem = key.problem === null ? [] : [key.problem];
    return [`made ${formatRelative(key.createdAt, now)}, ${next}`, ...step, ...problem].join('\n');
  });
}

async function rotate(cli: Cli): Promise<void> {
  const key = await withControl(cli, (control) => control.call('databaseKey.rotate', {}));
  report(cli, key, () => 'Both databases are encrypted with a new key. The old key is destroyed.');
}
