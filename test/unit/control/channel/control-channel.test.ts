import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createMessageConnection,
  type MessageConnection,
  ResponseError,
  SocketMessageReader,
  SocketMessageWriter,
} from 'vscode-jsonrpc/node';
import { openControlChannel } from '#main/control/channel/control-channel.ts';
import type { Caller, Control } from '#main/control/control.ts';
import { auditAppendedNotification, auditFollowMethod, operationErrorNumber } from '#shared/contract/cli.ts';
import type { AuditEntry } from '#shared/model/audit.ts';
import { type ErrorDocument, TollkeeperError } from '#shared/model/error.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { processOf } from '../control-bench.ts';

interface ChannelBench {
  readonly path: string;
  readonly calls: { readonly name: string; readonly input: unknown; readonly caller: Caller }[];
  readonly log: string[];
  /** The facts of each log entry, as JSON. */
  readonly facts: string[];
  append(entry: AuditEntry): void;
  followers(): number;
}

async function openBench(answer: (name: string, caller: Caller) => unknown = () => ({})): Promise<ChannelBench> {
  const path = join(temporaryFolder(), 'control.sock');
  const calls: ChannelBench['calls'] = [];
  const log: string[] = [];
  const facts: string[] = [];
  const followers = new Set<(entry: AuditEntry) => void>();
  const perform = async (name: string, input: unknown, caller: Caller) => {
    calls.push({ name, input, caller });
    return answer(name, caller);
  };
  const channel = await openControlChannel({
    path,
    perform: perform as Control['perform'],
    peers: { ofSocket: async () => processOf() },
    followAudit(listener) {
      followers.add(listener);
      return () => void followers.delete(listener);
    },
    log(event, details) {
      log.push(event);
      facts.push(JSON.stringify(details));
    },
  });
  onTestFinished(() => channel.close());
  return {
    path,
    calls,
    log,
    facts,
    append(entry) {
      for (const listener of followers) listener(entry);
    },
    followers: () => followers.size,
  };
}

async function connectTo(path: string): Promise<MessageConnection> {
  const socket = createConnection(path);
  await once(socket, 'connect');
  const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
  connection.listen();
  onTestFinished(() => connection.dispose());
  return connection;
}

async function failure(call: Promise<unknown>): Promise<ResponseError<ErrorDocument>> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ResponseError) return error;
  throw new Error('The call did not fail');
}

test.each([
  'sk-canary-in-a-header\r\n\r\n',
  'Content-Length: 20\r\n\r\n{"k": sk-canary-1234}',
  'Content-Length: sk-canary\r\n\r\n',
])('a broken message is noted without a word of it: %j', async (message) => {
  const bench = await openBench();
  const socket = createConnection(bench.path);
  socket.write(message);
  await expect.poll(() => bench.log).toContain('control-message-error');
  socket.destroy();
  expect(bench.facts.join()).not.toContain('sk-');
});

describe('a call', () => {
  test('is decoded, performed in the name of the process at the other end, and answered', async () => {
    const bench = await openBench(() => [{ id: 'grant_1' }]);
    const connection = await connectTo(bench.path);
    expect(await connection.sendRequest('grant.list', { limit: 3, unknown: true })).toEqual([{ id: 'grant_1' }]);
    expect(bench.calls).toMatchObject([{ name: 'grant.list', input: { limit: 3 } }]);
    expect(bench.calls[0]?.input).not.toHaveProperty('unknown');
    expect(bench.calls[0]?.caller).toMatchObject({ actor: 'cli', process: { pid: 42 } });
  });

  test.each([
    ['no such operation', 'launch.rockets', {}, 'not_found'],
    ['an inherited name', 'constructor', {}, 'not_found'],
    ['an operation of the windows', 'usage.overview', {}, 'not_found'],
    ['an input of the wrong form', 'grant.list', { limit: 'many' }, 'wrong_usage'],
    ['a missing input', 'grant.revoke', undefined, 'wrong_usage'],
  ])('to %s is refused', async (_name, method, input, code) => {
    const bench = await openBench();
    const connection = await connectTo(bench.path);
    const error = await failure(connection.sendRequest(method, input ?? {}));
    expect(error.code).toBe(operationErrorNumber);
    expect(error.data?.code).toBe(code);
    expect(bench.calls).toEqual([]);
  });

  test('that fails carries our code and sentence, and nothing of another error', async () => {
    const refused = await openBench(() => {
      throw new TollkeeperError('conflict', 'Too late.', { details: { by: 'tray' } });
    });
    const first = await failure((await connectTo(refused.path)).sendRequest('grant.list', {}));
    expect(first.data).toEqual({ code: 'conflict', message: 'Too late.', details: { by: 'tray' } });
    const broken = await openBench(() => {
      throw new Error('secret inside');
    });
    const second = await failure((await connectTo(broken.path)).sendRequest('grant.list', {}));
    expect(second.data?.code).toBe('internal');
    expect(JSON.stringify(second.data)).not.toContain('secret inside');
    expect(broken.log).toContain('operation-failed');
  });
});

describe('a connection', () => {
  test('that closes is told to whoever wants to know, also afterwards', async () => {
    let late: Caller | null = null;
    const events: string[] = [];
    const { promise, resolve } = signal();
    const bench = await openBench((_name, caller) => {
      late = caller;
      caller.onDisconnect(() => {
        events.push('closed');
        resolve();
      });
      return {};
    });
    const connection = await connectTo(bench.path);
    await connection.sendRequest('status.read', {});
    connection.end();
    await promise;
    (late as Caller | null)?.onDisconnect(() => events.push('told at once'));
    expect(events).toEqual(['closed', 'told at once']);
  });

  test('can follow the audit log', async () => {
    const bench = await openBench();
    const connection = await connectTo(bench.path);
    const { promise, resolve } = signal();
    const received: unknown[] = [];
    connection.onNotification(auditAppendedNotification, (entry: unknown) => {
      received.push(entry);
      resolve();
    });
    await connection.sendRequest(auditFollowMethod, {});
    expect(bench.followers()).toBe(1);
    const entry: AuditEntry = {
      sequence: 1,
      at: '2026-11-22T09:00:00.000Z',
      event: 'panic',
      actor: 'tray',
      subject: '',
      detail: {},
      hash: 'aa',
    };
    bench.append(entry);
    await promise;
    expect(received).toEqual([entry]);
  });
});

describe('the socket', () => {
  test('is the user’s alone and gone at the end', async () => {
    const path = join(temporaryFolder(), 'control.sock');
    const channel = await openControlChannel(idleOptions(path));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await codeOf(openControlChannel(idleOptions(path)))).toBe('already_running');
    await channel.close();
    expect(existsSync(path)).toBe(false);
  });

  test('of two that start at once over a stale one, exactly one gets through', async () => {
    const path = join(temporaryFolder(), 'control.sock');
    await leaveStaleSocket(path);
    const outcomes = await Promise.allSettled([
      openControlChannel(idleOptions(path)),
      openControlChannel(idleOptions(path)),
    ]);
    const opened = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(opened).toHaveLength(1);
    const probe = createConnection(path);
    await once(probe, 'connect');
    probe.destroy();
    for (const outcome of opened) await outcome.value.close();
  });
});

function idleOptions(path: string): Parameters<typeof openControlChannel>[0] {
  return {
    path,
    perform: () => Promise.reject(new TollkeeperError('internal')),
    peers: { ofSocket: async () => null },
    followAudit: () => () => undefined,
    log: () => undefined,
  };
}

/** A socket file that nobody answers, as a crash leaves it. */
async function leaveStaleSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.old`, resolve));
  await rename(`${path}.old`, path);
  await new Promise((resolve) => server.close(resolve));
}

function signal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
