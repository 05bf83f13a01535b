import { connect, type Socket } from 'node:net';
import { createMessageConnection, ResponseError, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { z } from 'zod';
import { auditAppendedNotification, auditFollowMethod, type CliOperation } from '#shared/contract/cli.ts';
import { homePaths } from '#shared/contract/home.ts';
import { type OperationInput, type OperationOutput, operations } from '#shared/contract/operations.ts';
import { type AuditEntry, auditEntrySchema } from '#shared/model/audit.ts';
import { fromErrorDocument, isErrorCode, TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { Cli } from './cli.ts';

/** An open connection to the running Tollkeeper. */
export interface ControlClient {
  /** Runs one operation. Rejects with the TollkeeperError that control made, or `not_running` when the connection is gone. */
  call<N extends CliOperation>(name: N, input: OperationInput<N>): Promise<OperationOutput<N>>;
  /** Calls back with every audit entry written from now on. */
  followAudit(listener: (entry: AuditEntry) => void): Promise<void>;
  /** Resolves when the connection is closed, by whichever side. */
  readonly closed: Promise<void>;
  /** Closes it; resolves when the other side has noticed, at the latest after a second. */
  close(): Promise<void>;
}

const errorDataSchema = lazily(() =>
  z.object({
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
);

/** Milliseconds the other side has to acknowledge that the connection ends. */
const closeGraceMs = 1_000;

/** Connects to the control socket of the home that the surroundings name. Rejects with `not_running` when nobody answers there. */
export async function connectControl(cli: Cli): Promise<ControlClient> {
  const socket = await openSocket(homePaths(cli).controlSocket);
  const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const ended = closed.then(() => {
    throw new TollkeeperError(
      'not_running',
      'Tollkeeper ended the connection. Start it again, then repeat the command.',
    );
  });
  ended.catch(() => undefined);
  connection.onError(() => socket.destroy());
  connection.listen();

  return {
    closed,
    async call(name, input) {
      const answer = await Promise.race([connection.sendRequest(name, input).catch(throwOperationError), ended]);
      return decode(name, answer);
    },
    async followAudit(listener) {
      connection.onNotification(auditAppendedNotification, (entry: unknown) => listener(auditEntrySchema.parse(entry)));
      await Promise.race([connection.sendRequest(auditFollowMethod, {}).catch(throwOperationError), ended]);
    },
    async close() {
      socket.end();
      const deadline = setTimeout(() => socket.destroy(), closeGraceMs);
      await closed;
      clearTimeout(deadline);
      connection.dispose();
    },
  };
}

/** Opens a connection, hands it to `work` and closes it whatever happens. */
export async function withControl<T>(cli: Cli, work: (control: ControlClient) => Promise<T>): Promise<T> {
  const control = await connectControl(cli);
  try {
    return await work(control);
  } finally {
    await control.close();
  }
}

function openSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => reject(connectError(error, path)));
  });
}

function connectError(error: NodeJS.ErrnoException, path: string): TollkeeperError {
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new TollkeeperError('not_running', `The control socket ${path} belongs to another user.`, { cause: error });
  }
  return new TollkeeperError('not_running', undefined, { cause: error });
}

function throwOperationError(error: unknown): never {
  if (error instanceof ResponseError) {
    const data = errorDataSchema.safeParse(error.data);
    if (data.success && isErrorCode(data.data.code)) {
      const { code, message, details } = data.data;
      throw fromErrorDocument({ code, message, ...(details ? { details } : {}) });
    }
    throw new TollkeeperError('internal', data.success ? data.data.message : undefined, { cause: error });
  }
  throw new TollkeeperError(
    'not_running',
    'The connection to Tollkeeper broke. Start it again, then repeat the command.',
    { cause: error },
  );
}

function decode<N extends CliOperation>(name: N, answer: unknown): OperationOutput<N> {
  const decoded = operations[name].output.safeParse(answer);
  if (!decoded.success) {
    throw new TollkeeperError(
      'internal',
      `Tollkeeper answered ${name} in a form this version of toll does not know. Update both to the same version.`,
      {
        cause: decoded.error,
      },
    );
  }
  return decoded.data as OperationOutput<N>;
}
