import type { Command } from 'commander';
import type { Cli } from './cli.ts';

/** Commands that one file adds. */
export interface CommandFamily {
  /** Their names; a test holds them against what is added. */
  readonly names: readonly string[];
  /** Loads the file, and what adds its commands to the program. */
  load(): Promise<(program: Command, cli: Cli, onExit: (code: number) => void) => void>;
}

/** Every command in the order of the help. Each file is loaded when its commands are called, so that none pays for another. */
export const commandFamilies: readonly CommandFamily[] = [
  { names: ['key'], load: async () => (await import('./command/key.ts')).addKeyCommands },
  { names: ['rotation'], load: async () => (await import('./command/rotation.ts')).addRotationCommands },
  { names: ['alias'], load: async () => (await import('./command/alias.ts')).addAliasCommands },
  { names: ['request', 'token'], load: async () => (await import('./command/request.ts')).addRequestCommands },
  { names: ['narrow'], load: async () => (await import('./command/narrow.ts')).addNarrowCommand },
  { names: ['run'], load: async () => (await import('./command/run.ts')).addRunCommand },
  {
    names: ['requests', 'approve', 'deny', 'listen'],
    load: async () => (await import('./command/decide.ts')).addDecideCommands,
  },
  { names: ['grants', 'revoke', 'panic'], load: async () => (await import('./command/grant.ts')).addGrantCommands },
  { names: ['policy'], load: async () => (await import('./command/policy.ts')).addPolicyCommands },
  { names: ['limit', 'top-up'], load: async () => (await import('./command/limit.ts')).addLimitCommands },
  { names: ['alerts', 'watch'], load: async () => (await import('./command/watch.ts')).addWatchCommands },
  { names: ['usage'], load: async () => (await import('./command/usage.ts')).addUsageCommand },
  { names: ['prices'], load: async () => (await import('./command/prices.ts')).addPriceCommands },
  { names: ['log'], load: async () => (await import('./command/log.ts')).addLogCommand },
  { names: ['setup'], load: async () => (await import('./command/setup.ts')).addSetupCommand },
  { names: ['settings'], load: async () => (await import('./command/settings.ts')).addSettingsCommands },
  { names: ['signing-key'], load: async () => (await import('./command/signing-key.ts')).addSigningKeyCommands },
  {
    names: ['database-key'],
    load: async () => (await import('./command/database-key.ts')).addDatabaseKeyCommands,
  },
  { names: ['tls'], load: async () => (await import('./command/tls.ts')).addTlsCommands },
  { names: ['doctor'], load: async () => (await import('./command/doctor.ts')).addDoctorCommand },
  { names: ['status', 'pause', 'resume'], load: async () => (await import('./command/status.ts')).addStatusCommands },
  { names: ['serve'], load: async () => (await import('./command/serve.ts')).addServeCommand },
];
