import { Command } from 'commander';
import type { Cli } from './cli.ts';
import { type CommandFamily, commandFamilies } from './command-families.ts';

/** Tells the exit status of a command that chooses its own. */
export type OnExit = (code: number) => void;

/** Every command of `toll`. Wrong usage is thrown as a CommanderError. */
export function createProgram(cli: Cli, onExit: OnExit): Promise<Command> {
  return assemble(commandFamilies, cli, onExit);
}

/** The same for this command line alone: only what it names is loaded, and everything when it names no command, for help and for what is mistyped. */
export function createProgramFor(argv: readonly string[], cli: Cli, onExit: OnExit): Promise<Command> {
  const name = argv.find((argument) => argument !== '--json');
  const family = commandFamilies.find(({ names }) => names.some((known) => known === name));
  return assemble(family === undefined ? commandFamilies : [family], cli, onExit);
}

async function assemble(families: readonly CommandFamily[], cli: Cli, onExit: OnExit): Promise<Command> {
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
  const adders = await Promise.all(families.map(({ load }) => load()));
  for (const add of adders) add(program, cli, onExit);
  acceptJsonEverywhere(program);
  return program;
}

/** `--json` means the same everywhere, so it is declared once; its value is read from the command line before parsing. */
function acceptJsonEverywhere(command: Command): void {
  command.option('--json', 'print one JSON document');
  for (const child of command.commands) acceptJsonEverywhere(child);
}
