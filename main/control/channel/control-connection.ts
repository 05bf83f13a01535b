import type { Socket } from 'node:net';
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
import type { Log } from '../control-options.ts';

/** What callers are answered with. */
export interface ConnectionSurroundings {
  readonly perform: Control['perform'];
  /** Calls back with every new audit entry; returns the function that ends it. */
  readonly followAudit: (listener: (entry: AuditEntry) => void) => () => void;
  readonly log: Log;
}

/** One caller of the control socket. */
export interface ControlConnection {
  readonly socket: Socket;
  /** The program at the other end, asked for when it connected. */
  readonly process: Promise<Caller['process']>;
  readonly surroundings: ConnectionSurroundings;
}

/** Answers a caller of the control socket until it leaves. */
export function serveControlConnection({ socket, process, surroundings }: ControlConnection): void {
  if (socket.destroyed) return;
  const disconnected = new Set<() => void>();
  let isConnected = true;
  socket.on('close', () => {
    isConnected = false;
    for (const listener of disconnected) listener();
  });
  const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
  // Its text quotes the message, which may hold a key.
  connection.onError(([error]) => surroundings.log('control-message-error', { reason: error.name }));
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
        ? async () => follow(connection, surroundings, caller)
        : () => perform(method, params, { surroundings, caller });
    return answer(method, work, surroundings.log);
  });
  connection.listen();
}

function follow(
  connection: MessageConnection,
  surroundings: ConnectionSurroundings,
  caller: Caller,
): Record<string, never> {
  const end = surroundings.followAudit((entry) => {
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
  call: { readonly surroundings: ConnectionSurroundings; readonly caller: Caller },
): Promise<unknown> {
  if (!isCliOperation(method)) throw new TollkeeperError('not_found', `There is no operation ${method}.`);
  const input = operations[method].input.safeParse(params ?? {});
  if (!input.success) throw new TollkeeperError('wrong_usage', z.prettifyError(input.error));
  return call.surroundings.perform(method, input.data as never, call.caller);
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
}

function isCliOperation(method: string): method is CliOperation {
  if (!Object.hasOwn(operations, method)) return false;
  const doors: readonly string[] = operations[method as OperationName].doors;
  return doors.includes('cli');
}
