import net, { type AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { createDial } from '#main/gateway/http/client/dial.ts';
import { HttpClient } from '#main/gateway/http/client/http-client.ts';
import { Ticker } from '#main/gateway/http/wire/ticker.ts';
import { plainNetwork } from '#shared/model/network.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Makes a call and answers what belonged to it: who was told of its answer, and its request. */
async function call(client: HttpClient): Promise<readonly WeakRef<object>[]> {
  const request = { method: 'POST', path: '/', headers: [], body: Buffer.alloc(100_000), bodyLength: null };
  return new Promise((resolve, reject) => {
    const handler = {
      onHeaders: () => undefined,
      onData: () => true,
      onComplete: () => resolve([new WeakRef(handler), new WeakRef(request.body)]),
      onError: reject,
    };
    client.call({ ...request, firstByteMs: undefined, idleMs: undefined }, handler);
  });
}

test('a connection that waits for its next call holds nothing of the one before', async () => {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    let left = 0;
    socket.on('data', (bytes: Buffer) => {
      const end = left === 0 ? bytes.indexOf('\r\n\r\n') + 4 : 0;
      left = (left === 0 ? 100_000 : left) - (bytes.length - end);
      if (left === 0) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new HttpClient({
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dial: createDial({ network: plainNetwork, connectMs: 5_000 }),
    ...{ ticker: new Ticker(10), connectMs: 5_000, firstByteMs: 5_000, idleMs: 5_000, idleConnectionMs: 60_000 },
  });
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  await call(client);
  const held = await call(client);
  await expect
    .poll(() => {
      collectGarbage();
      return held.filter((reference) => reference.deref() !== undefined).length;
    })
    .toBe(0);
});
