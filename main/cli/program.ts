import { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addAliasCommands } from './command/alias.ts';
import { addDecideCommands } from './command/decide.ts';
import { addDoctorCommand } from './command/doctor.ts';
import { addGrantCommands } from './command/grant.ts';
import { addKeyCommands } from './command/key.ts';
import { addLimitCommands } from './command/limit.ts';
import { addLogCommand } from './command/log.ts';
import { addNarrowCommand } from './command/narrow.ts';
import { addPolicyCommands } from './command/policy.ts';
import { addPriceCommands } from './command/prices.ts';
import { addRequestCommands } from './command/request.ts';
import { addRotationCommands } from './command/rotation.ts';
import { addRunCommand } from './command/run.ts';
import { addServeCommand } from './command/serve.ts';
import { addSettingsCommands } from './command/settings.ts';
import { addSetupCommand } from './command/setup.ts';
import { addSigningKeyCommands } from './command/signing-key.ts';
import { addStatusCommands } from './command/status.ts';
import { addTlsCommands } from './command/tls.ts';
import { addUsageCommand } from './command/usage.ts';
import { addWatchCommands } from './command/watch.ts';

/** Every command of `toll`. `onExit` gets the exit status of those that choose their own; wrong usage is thrown as a CommanderError. */
export function createProgram(cli: Cli, onExit: (code: number) => void): Command {
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
  addRotationCommands(program, cli);
  addAliasCommands(program, cli);
  addRequestCommands(program, cli);
  addNarrowCommand(program, cli);
  addRunCommand(program, cli, onExit);
  addDecideCommands(program, cli);
  addGrantCommands(program, cli);
  addPolicyCommands(program, cli);
  addLimitCommands(program, cli);
  addWatchCommands(program, cli);
  addUsageCommand(program, cli);
  addPriceCommands(program, cli);
  addLogCommand(program, cli);
  addSetupCommand(program, cli);
  addSettingsCommands(program, cli);
  addSigningKeyCommands(program, cli);
  addTlsCommands(program, cli);
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
