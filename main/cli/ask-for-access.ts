import type { OperationOutput } from '#shared/contract/operations.ts';
import type { AccessDemand } from '#shared/model/access.ts';
import type { BindingWish } from '#shared/model/binding.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Cli } from './cli.ts';
import type { ControlClient } from './client.ts';
import { formatDuration } from './format.ts';

/** The answer to a granted request: the token and what it allows. */
export type GrantedAccess = OperationOutput<'request.wait'>;

/** How to ask. */
export interface AskOptions extends WaitOptions {
  /** What the token is to be bound to; absent for nothing. Rejects with `binding_unprovable` when the system does not vouch for it. */
  readonly bind?: BindingWish | undefined;
}

/** How to wait for an answer. */
export interface WaitOptions {
  /** The grant ends when the connection closes. */
  readonly bindToConnection: boolean;
  /** Ask for an opaque `tk_…` token instead of a JWT. */
  readonly reference: boolean;
}

/** Exit status of a program that Ctrl-C ended: 128 + SIGINT. */
export const interruptedExitCode = 130;

/** Thrown when the user gave up waiting; the request is withdrawn as soon as the connection closes, unless others wait for the same. */
export class WithdrawnError extends TollkeeperError {
  constructor() {
    super('access_denied', 'The request was withdrawn.');
  }
}

/** Makes a request and waits for its answer, showing code and countdown on stderr. Ctrl-C withdraws it. */
export async function askForAccess(
  cli: Cli,
  control: ControlClient,
  demand: AccessDemand,
  options: AskOptions,
): Promise<GrantedAccess> {
  const { bind, ...waiting } = options;
  const request = await control.call('request.create', bind === undefined ? demand : { ...demand, bind });
  return waitForAnswer(cli, control, request, waiting);
}

/** Waits for the answer to a request that exists. */
export async function waitForAnswer(
  cli: Cli,
  control: ControlClient,
  request: OperationOutput<'request.create'>,
  options: WaitOptions,
): Promise<GrantedAccess> {
  const answer = control.call('request.wait', { id: request.id, ...options });
  const progress = showProgress(cli, request);
  const withdrawal = listenForWithdrawal(cli);
  try {
    return await Promise.race([answer, withdrawal.withdrawn]);
  } catch (error) {
    if (error instanceof WithdrawnError) answer.catch(() => undefined);
    throw error;
  } finally {
    withdrawal.stop();
    progress.stop();
  }
}

function listenForWithdrawal(cli: Cli): { readonly withdrawn: Promise<never>; stop(): void } {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let giveUp: () => void = () => undefined;
  const withdrawn = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(new WithdrawnError());
  });
  withdrawn.catch(() => undefined);
  for (const signal of signals) cli.signals.on(signal, giveUp);
  return {
    withdrawn,
    stop() {
      for (const signal of signals) cli.signals.off(signal, giveUp);
    },
  };
}

/** The waiting line: rewritten every second on a terminal, said once elsewhere; nothing when the answer is already there. */
function showProgress(cli: Cli, request: OperationOutput<'request.create'>): { stop(): void } {
  if (cli.json) return { stop: () => undefined };
  const expiresAt = Date.parse(request.expiresAt);
  const terminal = cli.stderr.isTTY === true;
  const show = () => {
    const left = formatDuration(Math.max(0, (expiresAt - cli.now()) / 1_000));
    const place = request.isInInbox ? 'in the inbox' : 'at the tray';
    const line = `Waiting for your answer ${place}: code ${request.userCode}, No in ${left}`;
    const columns = (cli.stderr.columns ?? 80) - 1;
    cli.stderr.write(
      terminal ? `\r\u001B[K${line.slice(0, columns)}` : `${line} (or: toll approve ${request.userCode})\n`,
    );
  };
  const first = setTimeout(show, 150);
  const repeat = terminal ? setInterval(show, 1_000) : undefined;
  return {
    stop() {
      clearTimeout(first);
      clearInterval(repeat);
      if (terminal) cli.stderr.write('\r\u001B[K');
    },
  };
}
