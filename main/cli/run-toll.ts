import { Command, CommanderError } from 'commander';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import { interruptedExitCode, WithdrawnError } from './ask-for-access.ts';
import type { Cli } from './cli.ts';
import { addDecideCommands } from './command/decide.ts';
import { addDoctorCommand } from './command/doctor.ts';
import { addGrantCommands } from './command/grant.ts';
import { addKeyCommands } from './command/key.ts';
import { addLogCommand } from './command/log.ts';
import { addPolicyCommands } from './command/policy.ts';
import { addRequestCommands } from './command/request.ts';
import { addRunCommand } from './command/run.ts';
import { addServeCommand } from './command/serve.ts';
import { addSetupCommand } from './command/setup.ts';
import { addStatusCommands } from './command/status.ts';
import { addUsageCommand } from './command/usage.ts';
import { reportError } from './output.ts';
import { spreadScopes } from './parse.ts';

/** Exit statuses of every command; `run` passes its child's on instead. */
const exitCodes = { success: 0, refused: 1, wrongUsage: 2 } as const;

/** Runs one command line (without `node` and the script's name) to its end and tells the exit status. Never rejects. */
export async function runToll(argv: readonly string[], surroundings: Omit<Cli, 'json'>): Promise<number> {
  const cli: Cli = { ...surroundings, json: asksForJson(argv) };
  let exitCode: number = exitCodes.success;
  try {
    await createProgram(cli, (code) => {
      exitCode = code;
    }).parseAsync(spreadScopes(argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(cli, error);
  }
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

function createProgram(cli: Cli, onExit: (code: number) => void): Command {
  const program = new Command('toll')
    .description('Tollkeeper: keys stay in the keychain, tools get short-lived tokens.')
    .version(cli.version)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.stdout.write(text),
      writeErr: (text) => (cli.json ? undefined : cli.stderr.write(text)),
      outputError: () => undefined,
    });

  addKeyCommands(program, cli);
  addRequestCommands(program, cli);
  addRunCommand(program, cli, onExit);
  addDecideCommands(program, cli);
  addGrantCommands(program, cli);
  addPolicyCommands(program, cli);
  addUsageCommand(program, cli);
  addLogCommand(program, cli);
  addSetupCommand(program, cli);
  addDoctorCommand(program, cli, onExit);
  addStatusCommands(program, cli);
  addServeCommand(program, cli, onExit);
  acceptJsonEverywhere(program);
  return program;
}

/** `--json` means the same everywhere, so it is declared once; its value is read from the command line before parsing. */
function acceptJsonEverywhere(command: Command): void {
  command.option('--json', 'print one JSON document');
  for (const child of command.commands) acceptJsonEverywhere(child);
}
