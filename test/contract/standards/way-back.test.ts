import { describe, expect, it } from 'vitest';
import { createBench, issuer } from '#test/unit/control/authorization-server/authorization-bench.ts';
import { accepted, begin, callback, errorOf, locationOf, prepare, redeem, registerClient } from './sign-in.ts';

const granted = { outcome: 'granted', grantId: 'grant_1' } as const;

describe('redirect URIs of native apps', () => {
  it.each([
    ['any port of the loopback address', 'http://127.0.0.1/callback', 'http://127.0.0.1:61999/callback'],
    ['any port where one was registered', 'http://127.0.0.1:80/callback', 'http://127.0.0.1:5/callback'],
    ['any port over IPv6', 'http://[::1]/callback', 'http://[::1]:61999/callback'],
    ['a scheme of its own', 'com.example.editor:/callback', 'com.example.editor:/callback'],
    ['an editor\u2019s scheme', 'cursor://some.extension/oauth', 'cursor://some.extension/oauth'],
    ['an https address', 'https://vscode.dev/redirect', 'https://vscode.dev/redirect'],
  ])('RFC 8252 §7: %s is a way back', async (_name, registered, used) => {
    const bench = await createBench();
    const client = await registerClient(bench, { redirect_uris: [registered] });
    const signIn = await prepare(client, { redirect_uri: used });
    const at = await callback(bench, signIn, granted);
    expect(at.href.split('?')[0]).toBe(used);
    expect((await redeem(bench, signIn, accepted(bench, signIn, at))).access_token).not.toBe('');
  });

  it.each([
    ['another path', 'http://127.0.0.1:5/callback/'],
    ['another host of this machine', 'http://localhost:5/callback'],
    ['https', 'https://127.0.0.1:5/callback'],
    ['a host that begins alike', 'http://127.0.0.1.evil.example/callback'],
    ['a user before the host', 'http://127.0.0.1@evil.example/callback'],
    ['a fragment', 'http://127.0.0.1:5/callback#x'],
  ])('RFC 8252 §8.10: %s is not', async (_name, used) => {
    const bench = await createBench();
    const response = await begin(bench, await prepare(await registerClient(bench), { redirect_uri: used }));
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
  });

  it('RFC 8252 §8.10: the port of an https address is compared like all of it', async () => {
    const bench = await createBench();
    const client = await registerClient(bench, { redirect_uris: ['https://app.example/callback'] });
    const response = await begin(bench, await prepare(client, { redirect_uri: 'https://app.example:8443/callback' }));
    expect(response.status).toBe(400);
  });
});

describe('resource and issuer', () => {
  it.each([[issuer], [`${issuer}/`], [undefined]])('RFC 8707 §2: resource %s is this gateway', async (resource) => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench), { resource });
    const at = await callback(bench, signIn, granted);
    expect((await redeem(bench, signIn, accepted(bench, signIn, at))).access_token).not.toBe('');
  });

  it.each(['https://x.test/', `${issuer}/openai`, 'not an address', `${issuer}#x`])(
    'RFC 8707 §2: resource %s is invalid_target',
    async (resource) => {
      const bench = await createBench();
      const signIn = await prepare(await registerClient(bench), { resource });
      expect(locationOf(await begin(bench, signIn)).searchParams.get('error')).toBe('invalid_target');
      expect(bench.asked).toEqual([]);
    },
  );

  it('RFC 8707 §2.2: another resource at the token endpoint is invalid_target and leaves the code', async () => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench));
    const parameters = accepted(bench, signIn, await callback(bench, signIn, granted));
    expect(await errorOf(redeem(bench, signIn, parameters, { resource: 'https://x.test/' }))).toBe('invalid_target');
    expect((await redeem(bench, signIn, parameters)).access_token).not.toBe('');
  });

  it('RFC 9207 §2: code and error both come back with iss, and the client\u2019s own query', async () => {
    const bench = await createBench();
    const client = await registerClient(bench, { redirect_uris: ['http://127.0.0.1/callback?window=2'] });
    const address = { redirect_uri: 'http://127.0.0.1:43117/callback?window=2' };
    const good = await callback(bench, await prepare(client, address), granted);
    const bad = locationOf(await begin(bench, await prepare(client, { ...address, scope: 'x' })));
    for (const at of [good, bad]) {
      expect([at.searchParams.get('iss'), at.searchParams.get('window')]).toEqual([issuer, '2']);
      expect(at.searchParams.get('state')).toBe('state-of-the-test');
    }
    expect(bench.as.authorization_response_iss_parameter_supported).toBe(true);
  });
});
