import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { TollkeeperError } from '#shared/model/error.ts';
import type { VaultKind } from '#shared/model/vault.ts';
import type { Cli } from '../cli.ts';
import { parsePort } from '../parse-port.ts';

interface ServeOptions {
  readonly port?: number;
  readonly vault: VaultKind;
  readonly demo?: true;
}

/** What `dist/main/headless.mjs` exports; it is loaded when the command runs, so that no other command pays for it. */
interface HeadlessModule {
  serve(options: {
    readonly port: number | null;
    readonly vaultKind: VaultKind;
    readonly json: boolean;
    readonly version: string;
    readonly demo: boolean;
  }): Promise<number>;
}

const vaultKinds: readonly VaultKind[] = ['keychain', 'passphrase', 'memory'];

/** Adds `toll serve`. `onExit` gets the exit status it ended with. */
export function addServeCommand(program: Command, cli: Cli, onExit: (code: number) => void): void {
  program
    .command('serve')
    .description('run Tollkeeper without a window, for servers, WSL, containers and tests')
    .option(
      '--port <n>',
      'port of the gateway; 0 picks a free one (default: TOLLKEEPER_PORT, then the setting)',
      parsePort,
    )
    .addOption(new Option('--vault <kind>', 'where keys are kept').choices(vaultKinds).default('keychain'))
    .option('--demo', 'with a pretend provider and a pretend tool; keeps nothing')
    .action(async (options: ServeOptions) => onExit(await serve(cli, options)));
}

async function serve(cli: Cli, options: ServeOptions): Promise<number> {
  const headless = await loadHeadless();
  return headless.serve({
    port: options.port ?? portFromEnvironment(cli),
    vaultKind: options.vault,
    json: cli.json,
    version: cli.version,
    demo: options.demo === true,
  });
}

function portFromEnvironment(cli: Cli): number | null {
  const text = cli.environment.TOLLKEEPER_PORT;
  if (!text) return null;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new TollkeeperError('wrong_usage', 'TOLLKEEPER_PORT is not a port: write a whole number from 0 to 65535.');
  }
  return Number(text);
}

async function loadHeadless(): Promise<HeadlessModule> {
  const bundle = new URL('../main/headless.mjs', import.meta.url);
  if (!existsSync(bundle))
    throw new TollkeeperError('internal', 'This copy of Tollkeeper is not built. Run: npm run build');
  return import(/* @vite-ignore */ bundle.href);
}
