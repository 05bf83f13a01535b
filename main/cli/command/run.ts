import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { homePaths } from '#shared/contract/home.ts';
import type { Status } from '#shared/contract/status.ts';
import { tokenLifetime } from '#shared/model/access.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { trustEnvironment } from '#shared/provider/tool/trust.ts';
import { askForRun } from '../ask-for-run.ts';
import { childArguments, childEnvironment } from '../child-environment.ts';
import type { Cli } from '../cli.ts';
import { type ControlClient, withControl } from '../client.ts';
import { findExecutable } from '../find-executable.ts';
import { note } from '../output.ts';
import { parseModel } from '../parse.ts';
import { readUntil } from '../until.ts';
import { type AskingOptions, demandFrom, withAskingOptions } from './options.ts';

interface RunOptions extends AskingOptions {
  readonly tool?: string;
  readonly purpose?: string;
  readonly model?: string;
  readonly tls?: true;
  readonly unbound?: true;
  readonly reference?: true;
}

/** What a shell answers when it can't start a command. */
const startFailures = { missing: 127, notExecutable: 126 } as const;

/** What a command may do unless `--scope` says otherwise: talk, embed and list models, wherever there is a key. */
const defaultScopes = ['*:chat', '*:models', '*:embeddings'] as const;

/** Passed on to the child. A terminal sends the first two to the child itself, so they are passed on only without one. */
const terminalSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const forwardedSignals: readonly NodeJS.Signals[] = [...terminalSignals, 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

/** Adds `toll run`. `onExit` gets the child's exit status. */
export function addRunCommand(program: Command, cli: Cli, onExit: (code: number) => void): void {
  withAskingOptions(program.command('run').description('start a command with base URLs and a token in its environment'))
    .argument('<command...>', 'the command and its arguments, after --')
    .option('--tool <name>', 'name of the tool that asks (default: the command\u2019s name)')
    .option('--purpose <text>', 'shown to the person who answers')
    .option(
      '--model <name>',
      'use this model, provider/model or an alias, whatever protocol the command speaks',
      parseModel,
    )
    .option('--tls', 'lead the command to the gateway over TLS, and make it trust the certificate')
    .option('--reference', 'an opaque tk_\u2026 token instead of a JWT, for a command that checks a key\u2019s shape')
    .option('--unbound', 'let the token work outside of the command too, as a container needs it')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nThe grant covers the command and everything it starts, and ends with it. Its token works nowhere else.\n\nExamples:\n  toll run -- claude\n  toll run --model openai/gpt-5 -- claude',
    )
    .action(async (words: readonly string[], options: RunOptions) => onExit(await run(cli, words, options)));
}

async function run(cli: Cli, words: readonly string[], options: RunOptions): Promise<number> {
  const [command = '', ...parameters] = words;
  const search = findExecutable(cli, command);
  if (search.state === 'missing') return refuse(cli, `${command}: command not found`, startFailures.missing);
  if (search.state === 'not-executable')
    return refuse(cli, `${search.path}: not executable`, startFailures.notExecutable);
  return withControl(cli, async (control) => {
    const { environment, leading } = await prepare(cli, control, command, options);
    const start = { executable: search.path, command, parameters: [...leading, ...parameters], environment };
    return startChild(cli, start);
  });
}

function refuse(cli: Cli, message: string, exitCode: number): number {
  cli.stderr.write(cli.json ? `${JSON.stringify({ error: { code: 'not_found', message } })}\n` : `toll: ${message}\n`);
  return exitCode;
}

/** Asks for access bound to this connection and makes from it the child's environment and the arguments that come first. */
async function prepare(
  cli: Cli,
  control: ControlClient,
  command: string,
  options: RunOptions,
): Promise<{ readonly environment: Readonly<Record<string, string>>; readonly leading: readonly string[] }> {
  const [status, credentials, providers] = await Promise.all([
    control.call('status.read', {}),
    control.call('credential.list', {}),
    control.call('provider.list', {}),
  ]);
  const { gatewayUrl, trust } = await chooseDoor(cli, control, { status, isTls: options.tls === true });
  const tool = options.tool ?? toolName(command);
  if (options.model === undefined) await warnWhenNotSetUp(cli, toolName(command));
  const demand = {
    ...demandFrom(cli, options, {
      tool,
      scopes: defaultScopes,
      ttlSeconds: tokenLifetime.ceilingSeconds,
      purpose: options.purpose ?? null,
    }),
    ownGrant: true,
    endsWhen: { ...readUntil(options.until, cli.now()), run: true as const },
  };
  const granted = await askForRun(cli, control, {
    demand,
    unbound: options.unbound === true,
    reference: options.reference === true,
  });
  const model = options.model ?? null;
  const { variables, removed } = childEnvironment({
    parent: cli.environment,
    providers,
    credentials,
    scopes: granted.scopes,
    gatewayUrl,
    token: granted.token,
    tool,
    model,
  });
  if (removed.length > 0) note(cli, `toll: kept your own ${removed.join(', ')} from ${tool}`);
  return { environment: { ...variables, ...trust }, leading: childArguments({ model, gatewayUrl }, toolName(command)) };
}

/** Where the command is to call, and the variables that make it trust what it finds there. */
async function chooseDoor(
  cli: Cli,
  control: ControlClient,
  { status, isTls }: { readonly status: Status; readonly isTls: boolean },
): Promise<{ readonly gatewayUrl: string; readonly trust: Readonly<Record<string, string>> }> {
  const { url, message, tls } = status.gateway;
  if (url === null) throw new TollkeeperError('gateway_starting', message ?? undefined);
  if (!isTls) return { gatewayUrl: url, trust: {} };
  if (tls?.url === null || tls === null)
    throw new TollkeeperError('wrong_usage', tls?.message ?? 'TLS is off. Turn it on with: toll tls enable');
  const { files } = await control.call('tls.read', {});
  return { gatewayUrl: tls.url, trust: trustEnvironment(files, cli.environment) };
}

/** Says so before the question when the command is a tool that takes no base URL from its environment and was not set up. */
async function warnWhenNotSetUp(cli: Cli, name: string): Promise<void> {
  const { toolSetups } = await import('../setup/tools.ts');
  const setup = Object.values(toolSetups).find(({ command }) => command === name);
  if (!setup || setup.readsEnvironment) return;
  const { readSetupState } = await import('../setup/engine.ts');
  const state = await readSetupState(setup, homePaths(cli)).catch(() => null);
  if (state === 'not-set-up')
    note(
      cli,
      `toll: ${setup.name} takes no address from its environment; point it here once with: toll setup ${setup.id}`,
    );
}

/** The command's base name without its extension, as a tool's name. */
function toolName(command: string): string {
  const name = basename(command.replaceAll('\\', '/')).replace(/\.(exe|cmd|bat|com|mjs|cjs|js|sh|py)$/i, '');
  return (name === '' ? command : name).slice(0, 64);
}

interface ChildStart {
  readonly executable: string;
  readonly command: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts the child on our own terminal and streams; resolves its exit status, 128 + n when signal n ended it. */
function startChild(cli: Cli, start: ChildStart): Promise<number> {
  const batch = cli.platform === 'win32' && /\.(bat|cmd)$/i.test(start.executable);
  return new Promise((resolve) => {
    cli.adoptOrphans(() => child.pid);
    const child = spawn(start.executable, start.parameters, {
      stdio: 'inherit',
      env: start.environment,
      argv0: start.command,
      shell: batch,
    });
    const forwarding =
      cli.stdin.isTTY === true
        ? forwardedSignals.filter((signal) => !terminalSignals.includes(signal))
        : forwardedSignals;
    const listeners = forwardedSignals.map((signal) => {
      const listener = () => void (forwarding.includes(signal) && child.kill(signal));
      cli.signals.on(signal, listener);
      return { signal, listener };
    });
    const finish = (code: number) => {
      for (const { signal, listener } of listeners) cli.signals.off(signal, listener);
      resolve(code);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'ENOENT' ? startFailures.missing : startFailures.notExecutable;
      finish(refuse(cli, `${start.command}: ${error.code ?? 'could not be started'}`, code));
    });
    child.once('exit', (code, signal) => finish(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
