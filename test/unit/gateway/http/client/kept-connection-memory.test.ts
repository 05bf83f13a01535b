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

/** Makes a call and answers who was told of its answer. */
async function call(client: HttpClient): Promise<WeakRef<object>> {
  const request = { method: 'GET', path: '/', headers: [], body: null, bodyLength: null };
  return new Promise((resolve, reject) => {
    const handler = {
      onHeaders: () => undefined,
      onData: () => true,
      onComplete: () => resolve(new WeakRef(handler)),
      onError: reject,
    };
    client.call({ ...request, firstByteMs: undefined, idleMs: undefined }, handler);
  });
}

test('a connection that waits for its next call holds nothing of the one before', async () => {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
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
  const told = await call(client);
  await expect
    .poll(() => {
      collectGarbage();
      return told.deref() === undefined;
    })
    .toBe(true);
});
