import { CommanderError } from 'commander';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import { interruptedExitCode, WithdrawnError } from './ask-for-access.ts';
import type { Cli } from './cli.ts';
import { reportError } from './output.ts';
import { createProgramFor } from './program.ts';

/** Exit statuses of every command; `run` passes its child's on instead. */
const exitCodes = { success: 0, refused: 1, wrongUsage: 2 } as const;

/** Runs one command line (without `node` and the script's name) to its end and tells the exit status. Never rejects. */
export async function runToll(argv: readonly string[], surroundings: Omit<Cli, 'json'>): Promise<number> {
  const cli: Cli = { ...surroundings, json: asksForJson(argv) };
  let exitCode: number = exitCodes.success;
  try {
    const program = await createProgramFor(argv, cli, (code) => {
      exitCode = code;
    });
    await program.parseAsync(await withScopesSpread(argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(cli, error);
  }
}

/** Most command lines name no scope, and go without what knows one. */
async function withScopesSpread(argv: readonly string[]): Promise<readonly string[]> {
  if (!argv.includes('--scope')) return argv;
  const { spreadScopes } = await import('./spread-scopes.ts');
  return spreadScopes(argv);
}

function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json');
}

/** Says what went wrong and turns it into the exit status. */
function explain(cli: Cli, error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.success;
    const message = error.message.replace(/^error: /, '');
    if (error.code !== 'commander.help') reportError(cli, { code: 'wrong_usage', message });
    else if (cli.json) reportError(cli, { code: 'wrong_usage', message: 'Name a command. See `toll help`.' });
    return exitCodes.wrongUsage;
  }
  if (error instanceof WithdrawnError && !cli.json) {
    cli.stderr.write('Withdrawn.\n');
    return interruptedExitCode;
  }
  reportError(cli, toErrorDocument(error));
  if (error instanceof WithdrawnError) return interruptedExitCode;
  return error instanceof TollkeeperError && error.code === 'wrong_usage' ? exitCodes.wrongUsage : exitCodes.refused;
}
