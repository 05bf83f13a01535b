import { chmod, rename, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import {
  createMessageConnection,
  type MessageConnection,
  ResponseError,
  SocketMessageReader,
  SocketMessageWriter,
} from 'vscode-jsonrpc/node';
import { z } from 'zod';
import {
  auditAppendedNotification,
  auditFollowMethod,
  type CliOperation,
  operationErrorNumber,
} from '#shared/contract/cli.ts';
import { type OperationName, operations } from '#shared/contract/operations.ts';
import type { AuditEntry } from '#shared/model/audit.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type { Caller, Control } from '../control.ts';
import type { Log, PeerIdentifier } from '../control-options.ts';

/** The control socket: where the CLI, and nothing else, manages Tollkeeper. */
export interface ControlChannel {
  close(): Promise<void>;
}

/** What the channel is made from. */
export interface ControlChannelOptions {
  /** Unix socket or Windows pipe. */
  readonly path: string;
  readonly perform: Control['perform'];
  readonly peers: Pick<PeerIdentifier, 'ofSocket'>;
  /** Calls back with every new audit entry; returns the function that ends it. */
  readonly followAudit: (listener: (entry: AuditEntry) => void) => () => void;
  readonly log: Log;
}

const isWindows = process.platform === 'win32';

/**
 * Listens on the control socket, mode 0600. A socket that nobody answers is left over from a crash and replaced; one that
 * answers rejects with `already_running`: this is also the lock that lets one program run per home.
 */
export async function openControlChannel(options: ControlChannelOptions): Promise<ControlChannel> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', (error) => options.log('control-socket-error', { reason: error.message }));
    serve(socket, options).catch((error: unknown) => {
      options.log('control-connection-failed', { reason: toErrorDocument(error).message });
      socket.destroy();
    });
  });
  await listenAlone(server, options.path);
  if (!isWindows) await chmod(options.path, 0o600);
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Listens, or finds out who does: of two that start at once exactly one gets through, whatever a crash left behind. */
async function listenAlone(server: Server, path: string): Promise<void> {
  if (await isAnswered(path)) throw new TollkeeperError('already_running');
  if (await tryToListen(server, path)) return;
  await removeStale(path);
  if (!(await tryToListen(server, path))) throw new TollkeeperError('already_running');
}

function tryToListen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    function failed(error: NodeJS.ErrnoException): void {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    }
    server.once('error', failed);
    server.listen(path, () => {
      server.off('error', failed);
      resolve(true);
    });
  });
}

/** Takes the socket aside before looking at it once more: moving is atomic, so nobody's fresh socket is deleted. */
async function removeStale(path: string): Promise<void> {
  const aside = join(dirname(path), `old-${process.pid}`);
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (await isAnswered(aside)) {
    await rename(aside, path);
    throw new TollkeeperError('already_running');
  }
  await unlink(aside);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

async function serve(socket: Socket, options: ControlChannelOptions): Promise<void> {
  const disconnected = new Set<() => void>();
  let isConnected = true;
  socket.on('close', () => {
    isConnected = false;
    for (const listener of disconnected) listener();
  });
  const process = options.peers.ofSocket(socket);
  const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
  // Its text quotes the message, which may hold a key.
  connection.onError(([error]) => options.log('control-message-error', { reason: error.name }));
  connection.onRequest(async (method: string, params: unknown) => {
    const caller: Caller = {
      actor: 'cli',
      process: await process,
      onDisconnect(listener) {
        if (isConnected) disconnected.add(listener);
        else listener();
      },
    };
    const work =
      method === auditFollowMethod
        ? async () => follow(connection, options, caller)
        : () => perform(method, params, { options, caller });
    return answer(method, work, options.log);
  });
  connection.listen();
}

function follow(connection: MessageConnection, options: ControlChannelOptions, caller: Caller): Record<string, never> {
  const end = options.followAudit((entry) => {
    connection.sendNotification(auditAppendedNotification, entry).catch(() => end());
  });
  caller.onDisconnect(end);
  return {};
}

/** Turns what is thrown into the document every door answers with. */
async function answer(method: string, work: () => Promise<unknown>, log: Log): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    const document = toErrorDocument(error);
    if (document.code === 'internal') log('operation-failed', { method, reason: describe(error) });
    return new ResponseError(operationErrorNumber, document.message, document);
  }
}

async function perform(
  method: string,
  params: unknown,
  call: { readonly options: ControlChannelOptions; readonly caller: Caller },
): Promise<unknown> {
  if (!isCliOperation(method)) throw new TollkeeperError('not_found', `There is no operation ${method}.`);
  const input = operations[method].input.safeParse(params ?? {});
  if (!input.success) throw new TollkeeperError('wrong_usage', z.prettifyError(input.error));
  return call.options.perform(method, input.data as never, call.caller);
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
}

function isCliOperation(method: string): method is CliOperation {
  if (!Object.hasOwn(operations, method)) return false;
  const doors: readonly string[] = operations[method as OperationName].doors;
  return doors.includes('cli');
}
