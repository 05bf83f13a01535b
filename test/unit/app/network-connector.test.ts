import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createConnector } from '#main/app/network-connector.ts';
import { type Network, plainNetwork } from '#shared/model/network.ts';
import { startFakeProxy } from '#test/fakes/fake-proxy.ts';
import { authorityPem, serverTls } from '#test/fixtures/tls/tls-files.ts';

let upstream: https.Server;
let port: number;

beforeAll(async () => {
  upstream = https.createServer(serverTls, (request, response) => void response.end(`hello ${request.headers.host}`));
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  port = (upstream.address() as AddressInfo).port;
});

afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});

async function get(origin: string, network: Partial<Network>, connectMs = 5_000): Promise<string> {
  const connect = createConnector({ network: { ...plainNetwork, ...network }, connectMs });
  const pool = new Pool(origin, { connect });
  try {
    const { body } = await pool.request({ method: 'GET', path: '/' });
    return await body.text();
  } finally {
    await pool.destroy();
  }
}

async function proxyTo(options: { readonly credentials?: string; readonly isHung?: boolean } = {}) {
  const proxy = await startFakeProxy({ leadsTo: port, ...options });
  onTestFinished(() => proxy.close());
  return proxy;
}

describe('straight', () => {
  it('refuses an authority that nobody vouches for', async () => {
    await expect(get(`https://localhost:${port}`, {})).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  it('trusts the user’s own authority, and still checks the name', async () => {
    const certificates = [authorityPem];
    expect(await get(`https://localhost:${port}`, { certificates })).toBe(`hello localhost:${port}`);
    const proxy = await proxyTo();
    await expect(get('https://other.test', { certificates, proxy: proxy.url })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('never takes a proxy to this machine', async () => {
    const proxy = await proxyTo();
    await get(`https://localhost:${port}`, { certificates: [authorityPem], proxy: proxy.url });
    expect(proxy.asked).toEqual([]);
  });
});

describe('through a proxy', () => {
  const certificates = [authorityPem];

  it('makes TLS with the upstream inside the tunnel', async () => {
    const proxy = await proxyTo();
    expect(await get('https://upstream.test', { certificates, proxy: proxy.url })).toBe('hello upstream.test');
    expect(proxy.asked).toEqual([{ authority: 'upstream.test:443', credentials: null }]);
  });

  it('shows the proxy its password and nothing else', async () => {
    const credentials = `Basic ${Buffer.from('ada:p@ss').toString('base64')}`;
    const proxy = await proxyTo({ credentials });
    const url = proxy.url.replace('http://', 'http://ada:p%40ss@');
    expect(await get('https://upstream.test:8443', { certificates, proxy: url })).toBe('hello upstream.test:8443');
    expect(proxy.asked).toEqual([{ authority: 'upstream.test:8443', credentials }]);
  });

  it('says that the proxy wants a password, without saying which was tried', async () => {
    const proxy = await proxyTo({ credentials: 'Basic right' });
    const url = proxy.url.replace('http://', 'http://ada:wrong-word@');
    const failing = get('https://upstream.test', { certificates, proxy: url });
    await expect(failing).rejects.toMatchObject({ code: 'upstream_unreachable', details: { sent: false } });
    await expect(failing).rejects.toThrow(/407/);
    await expect(failing).rejects.not.toThrow(/wrong-word/);
  });

  it('gives up on a proxy that never answers', async () => {
    const proxy = await proxyTo({ isHung: true });
    await expect(get('https://upstream.test', { certificates, proxy: proxy.url }, 50)).rejects.toMatchObject({
      code: 'upstream_timeout',
    });
  });

  it('says that the proxy is not there', async () => {
    const closed = net.createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port: free } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await expect(get('https://upstream.test', { proxy: `http://127.0.0.1:${free}` })).rejects.toMatchObject({
      code: 'upstream_unreachable',
      details: { sent: false },
    });
  });

  it('leaves out what NO_PROXY names', async () => {
    const proxy = await proxyTo();
    await expect(get('https://upstream.test', { proxy: proxy.url, noProxy: ['.test'] })).rejects.toMatchObject({
      code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
    expect(proxy.asked).toEqual([]);
  });
});
