import { mkdirSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  createMessageConnection,
  type MessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import {
  auditAppendedNotification,
  auditFollowMethod,
  type CliOperation,
  operationErrorNumber,
} from '#shared/contract/cli.ts';
import type { HomePaths } from '#shared/contract/home.ts';
import { type OperationArguments, type OperationOutput, operations } from '#shared/contract/operations.ts';
import type { AuditEntry } from '#shared/model/audit.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';

/** What a test lets control answer; operations without a handler are refused as `not_found`. */
export type FakeHandlers = {
  readonly [N in CliOperation]?: (input: OperationArguments<N>) => OperationOutput<N> | Promise<OperationOutput<N>>;
};

/** A control socket with answers made up by the test; the wire is the real one. */
export interface FakeControl {
  /** Every operation that was called, in order, with its decoded input. */
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  /** Resolves when every connection so far is closed. */
  allClosed(): Promise<void>;
  /** Sends an entry to everyone who follows the log. */
  append(entry: AuditEntry): void;
  /** Resolves once somebody follows the log. */
  readonly followed: Promise<void>;
  /** Cuts every connection. */
  cut(): void;
}

/** Listens on the control socket of a home until the test has finished. */
export async function startFakeControl(paths: HomePaths, handlers: FakeHandlers): Promise<FakeControl> {
  mkdirSync(paths.run, { recursive: true, mode: 0o700 });
  const calls: { name: string; input: unknown }[] = [];
  const sockets = new Set<Socket>();
  const closings: Promise<void>[] = [];
  const followers = new Set<MessageConnection>();
  let announceFollower: () => void = () => undefined;
  const followed = new Promise<void>((resolve) => {
    announceFollower = resolve;
  });

  const server = createServer((socket) => {
    sockets.add(socket);
    closings.push(new Promise((resolve) => socket.once('close', () => resolve())));
    socket.on('error', () => socket.destroy());
    const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
    connection.onRequest(async (method, parameters) => {
      const [input] = Array.isArray(parameters) ? parameters : [parameters];
      if (method === auditFollowMethod) {
        followers.add(connection);
        announceFollower();
        return {};
      }
      try {
        return await answer(method, input);
      } catch (error) {
        const document = toErrorDocument(error);
        throw new ResponseError(operationErrorNumber, document.message, document);
      }
    });
    connection.listen();
  });

  async function answer(method: string, input: unknown): Promise<unknown> {
    const name = method as CliOperation;
    const decoded = operations[name].input.parse(input);
    calls.push({ name, input: decoded });
    const handler = handlers[name] as ((input: unknown) => unknown) | undefined;
    if (!handler) throw new TollkeeperError('not_found', `The test has no answer to ${name}.`);
    return handler(decoded);
  }

  await new Promise<void>((resolve) => server.listen(paths.controlSocket, resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(async () => {
    cut();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    calls,
    followed,
    cut,
    allClosed: async () => void (await Promise.all(closings)),
    append(entry) {
      for (const follower of followers) void follower.sendNotification(auditAppendedNotification, entry);
    },
  };
}
