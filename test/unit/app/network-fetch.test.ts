import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { createNetworkFetch } from '#main/app/network-fetch.ts';
import { startFakeProxy } from '#test/fakes/fake-proxy.ts';
import { authorityPem, serverTls } from '#test/fixtures/tls/tls-files.ts';

let upstream: https.Server;
let port: number;

beforeAll(async () => {
  upstream = https.createServer(serverTls, (request, response) => {
    response.end(JSON.stringify({ path: request.url, key: request.headers.authorization }));
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  port = (upstream.address() as AddressInfo).port;
});

afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});

it('is the platform’s own until there is something to go through', async () => {
  await expect(createNetworkFetch().fetch(`https://localhost:${port}/`)).rejects.toThrow();
});

it('takes the user’s proxy and authority from the moment that they are known', async () => {
  const proxy = await startFakeProxy({ leadsTo: port });
  onTestFinished(() => proxy.close());
  const network = createNetworkFetch();
  network.use({ proxy: proxy.url, noProxy: [], certificates: [authorityPem] });
  const answer = await network.fetch('https://upstream.test/v1/models', {
    headers: { authorization: 'Bearer sk-test' },
    redirect: 'manual',
    signal: AbortSignal.timeout(5_000),
  });
  expect(await answer.json()).toEqual({ path: '/v1/models', key: 'Bearer sk-test' });
  expect(proxy.asked).toEqual([{ authority: 'upstream.test:443', credentials: null }]);
  network.use({ proxy: null, noProxy: [], certificates: [] });
  await expect(network.fetch(`https://localhost:${port}/`)).rejects.toThrow();
});
