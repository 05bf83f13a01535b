import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpClient } from '#main/gateway/http/client/http-client.ts';
import { Ticker } from '#main/gateway/http/wire/ticker.ts';

const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A connection whose other end is this test. */
function openPipe(): { readonly socket: Duplex; readonly written: string[] } {
  const written: string[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString('latin1'));
      done();
    },
  });
  return { socket, written };
}

/** A client whose connections are pipes, and what its calls hear. */
function startClient() {
  const pipes: ReturnType<typeof openPipe>[] = [];
  const client = new HttpClient({
    origin: 'http://127.0.0.1:1',
    dial: (_origin, _reads, { onOpen }) => {
      const pipe = openPipe();
      pipes.push(pipe);
      queueMicrotask(() => onOpen(pipe.socket as Socket, false));
      return { abandon: () => undefined };
    },
    ticker: new Ticker(60_000),
    ...{ connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_000, idleConnectionMs: 60_000 },
  });
  onTestFinished(() => client.destroy());
  function call() {
    const heard: unknown[] = [];
    const body = Buffer.from('{}');
    const request = { method: 'POST', path: '/', headers: [], body, bodyLength: null };
    const running = client.call(
      { ...request, firstByteMs: undefined, idleMs: undefined },
      {
        onHeaders: (status) => void heard.push(status),
        onData: () => true,
        onComplete: () => void heard.push('complete'),
        onError: (_error, sent) => void heard.push({ sent }),
      },
    );
    return { heard, running };
  }
  /** A connection that has carried a call and is kept. */
  async function keptPipe() {
    const { heard } = call();
    await turn();
    pipes[0]?.socket.emit('data', Buffer.from(answer));
    expect(heard).toEqual([200, 'complete']);
    return pipes[0];
  }
  return { client, pipes, call, keptPipe };
}

/** All that this turn of the event loop and the next have begun is done. */
async function turn(): Promise<void> {
  for (let turns = 0; turns < 2; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}

it('takes nothing for an answer that comes before its request has left, and never sends that request', async () => {
  const { pipes, call } = startClient();
  const { heard } = call();
  await Promise.resolve();
  pipes[0]?.socket.emit('data', Buffer.from(answer));
  await turn();
  expect(heard).toEqual([{ sent: false }]);
  expect(pipes.map(({ written }) => written)).toEqual([[]]);
});

describe('a kept connection', () => {
  it.each([
    ['closed', (socket: Duplex) => socket.emit('end')],
    ['reset', (socket: Duplex) => socket.emit('error', new Error('read ECONNRESET'))],
    ['answered on', (socket: Duplex) => socket.emit('data', Buffer.from(answer))],
  ])('that is %s before a byte of the next call has left: the call goes on a new one', async (_name, end) => {
    const { pipes, call, keptPipe } = startClient();
    const kept = await keptPipe();
    const { heard, running } = call();
    if (kept !== undefined) end(kept.socket);
    await turn();
    expect(kept?.written).toHaveLength(1);
    expect(pipes).toHaveLength(2);
    expect(pipes[1]?.written.join('')).toMatch(/^POST \/ HTTP\/1\.1\r\n/);
    pipes[1]?.socket.emit('data', Buffer.from(answer.replace('ok', 'o')));
    running.resume();
    expect(heard).toEqual([200]);
    running.abort();
    expect(pipes[1]?.socket.destroyed).toBe(true);
    expect(heard).toEqual([200]);
  });

  it('that is closed after the next call has left: nothing is sent again', async () => {
    const { pipes, call, keptPipe } = startClient();
    const kept = await keptPipe();
    const { heard } = call();
    await turn();
    kept?.socket.emit('end');
    await turn();
    expect(heard).toEqual([{ sent: true }]);
    expect(pipes).toHaveLength(1);
  });

  it('that is closed when the client is being destroyed: no other is made', async () => {
    const { client, pipes, call, keptPipe } = startClient();
    await keptPipe();
    const { heard } = call();
    client.destroy();
    await turn();
    expect(heard).toEqual([{ sent: false }]);
    expect(pipes).toHaveLength(1);
  });
});
