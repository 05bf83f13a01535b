import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
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

it('takes nothing for an answer that comes before its request has left, and never sends that request', async () => {
  const { socket, written } = openPipe();
  const client = new HttpClient({
    origin: 'http://127.0.0.1:1',
    dial: (_origin, _reads, { onOpen }) => {
      queueMicrotask(() => onOpen(socket as Socket, false));
      return { abandon: () => undefined };
    },
    ticker: new Ticker(60_000),
    ...{ connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_000, idleConnectionMs: 60_000 },
  });
  const heard: unknown[] = [];
  client.call(
    {
      method: 'POST',
      path: '/',
      headers: [],
      body: Buffer.from('{}'),
      bodyLength: null,
      firstByteMs: undefined,
      idleMs: undefined,
    },
    {
      onHeaders: (status) => void heard.push(status),
      onData: () => true,
      onComplete: () => void heard.push('complete'),
      onError: (_error, sent) => void heard.push({ sent }),
    },
  );
  await Promise.resolve();
  socket.emit('data', Buffer.from(answer));
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual([{ sent: false }]);
  expect(written).toEqual([]);
  client.destroy();
});
