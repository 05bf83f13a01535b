import * as client from 'openid-client';
import { describe, expect, it } from 'vitest';
import { canaryKey } from '#test/fixtures/canary.ts';
import { callerOf } from '#test/unit/control/running-control.ts';
import { browse, type RunningApp, startApp } from './running-app.ts';

const redirectUri = 'http://127.0.0.1:43118/callback';

/** Registers by metadata alone, as a client does that was told an address and nothing else. */
function register({ url }: RunningApp, metadata: object = {}): Promise<client.Configuration> {
  return client.dynamicClientRegistration(
    new URL(url),
    {
      client_name: 'Editor',
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      ...metadata,
    },
    client.None(),
    { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
  );
}

async function signIn(app: RunningApp, config: client.Configuration, changes: Record<string, string> = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const address = client.buildAuthorizationUrl(config, {
    ...{ redirect_uri: redirectUri, scope: 'openai:chat openai:models', resource: app.url, state },
    ...{ code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
    ...changes,
  });
  return { address, checks: { pkceCodeVerifier: verifier, expectedState: state } };
}

async function models(app: RunningApp, token: string): Promise<number> {
  const answer = await fetch(`${app.url}/openai/v1/models`, { headers: { authorization: `Bearer ${token}` } });
  await answer.text();
  return answer.status;
}

describe('openid-client against the running app', () => {
  it('RFC 6749 §4.1: registers, signs in, calls, refreshes, and loses all of it when a refresh token is used twice', async () => {
    const app = await startApp();
    const config = await register(app);
    const { address, checks } = await signIn(app, config);
    const back = await browse(address, () => app.approve());
    const tokens = await client.authorizationCodeGrant(config, back, checks, { resource: app.url });
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'openai:chat openai:models' });
    expect(await models(app, tokens.access_token)).toBe(200);
    expect(app.upstream.seen.at(-1)?.headers.authorization).toBe(`Bearer ${canaryKey('openai')}`);

    const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(await models(app, next.access_token)).toBe(200);
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect(await models(app, next.access_token)).toBe(401);
    const entries = await app.control.perform('audit.list', { limit: 100 }, callerOf());
    expect(entries.map((entry) => entry.event)).toEqual(
      expect.arrayContaining(['refresh-token-reused', 'grant-ended']),
    );
  });

  it('RFC 6749 §4.1.2.1: hears access_denied when the person says no', async () => {
    const app = await startApp();
    const config = await register(app);
    const { address, checks } = await signIn(app, config);
    const back = await browse(address, () => app.deny());
    await expect(client.authorizationCodeGrant(config, back, checks)).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('RFC 8628 §3: gets a token by the device grant, narrower than it asked, and rich details with it', async () => {
    const app = await startApp();
    const config = await client.discovery(new URL(app.url), 'claude-code', undefined, client.None(), {
      algorithm: 'oauth2',
      execute: [client.allowInsecureRequests],
    });
    const details = [{ type: 'ai_gateway', providers: ['openai'], max_requests: 5 }];
    const device = await client.initiateDeviceAuthorization(config, { authorization_details: JSON.stringify(details) });
    await app.approve({ scopes: ['openai:models'] });
    const tokens = await client.pollDeviceAuthorizationGrant(config, { ...device, interval: 0 });
    expect(tokens).toMatchObject({ scope: 'openai:models' });
    expect(tokens.authorization_details).toEqual([
      { type: 'ai_gateway', providers: ['openai'], max_requests: 5, expires_in: expect.any(Number) },
    ]);
    expect(await models(app, tokens.access_token)).toBe(200);
    await client.tokenRevocation(config, tokens.access_token);
    expect(await models(app, tokens.access_token)).toBe(401);
  });
});
