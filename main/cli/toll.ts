import { homedir, userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import packageDescription from '../../package.json' with { type: 'json' };
import { adoptOrphans } from './adopt-orphans.ts';
import { hasTerminal } from './has-terminal.ts';
import { runToll } from './run-toll.ts';

/** A pipe that is closed early, as by `head`, is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runToll(process.argv.slice(2), {
  environment: process.env,
  platform: process.platform,
  homeDirectory: homedir(),
  userName: process.platform === 'win32' ? userInfo().username : (process.env.USER ?? ''),
  workingFolder: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  adoptOrphans,
  hasTerminal: () => hasTerminal(process),
  now: Date.now,
  version: packageDescription.version,
  ownCommand: [process.execPath, fileURLToPath(import.meta.url)],
});
