import { calculateJwkThumbprint, decodeJwt, exportJWK } from 'jose';
import * as oauth from 'oauth4webapi';
import { describe, expect, it } from 'vitest';
import { createBench, issuer, startDevice } from '#test/unit/control/authorization-server/authorization-bench.ts';
import { accessTokenType, exchangeType, type LiveGateway, oauthError, startLiveGateway } from './live-gateway.ts';

interface Holder {
  readonly handle: oauth.DPoPHandle;
  readonly thumbprint: string;
}

async function holderOf(client: oauth.Client): Promise<Holder> {
  const pair = await oauth.generateKeyPair('ES256');
  return {
    handle: oauth.DPoP(client, pair),
    thumbprint: await calculateJwkThumbprint(await exportJWK(pair.publicKey)),
  };
}

async function exchange(
  live: LiveGateway,
  token: string,
  parameters: Readonly<Record<string, string>>,
  by?: Holder,
): Promise<oauth.TokenEndpointResponse> {
  const form = { subject_token: token, subject_token_type: accessTokenType, ...parameters };
  const options = { ...live.options, ...(by === undefined ? {} : { DPoP: by.handle }) };
  const { as, client } = live;
  const answer = await oauth.genericTokenEndpointRequest(as, client, oauth.None(), exchangeType, form, options);
  return oauth.processGenericTokenEndpointResponse(as, client, answer);
}

async function statusOf(live: LiveGateway, token: string, by: Holder): Promise<number> {
  const url = new URL(`${live.url}/openai/v1/models`);
  const options = { ...live.options, DPoP: by.handle };
  const answer = await oauth
    .protectedResourceRequest(token, 'GET', url, undefined, undefined, options)
    .catch((error: unknown) => {
      if (error instanceof oauth.WWWAuthenticateChallengeError) return error.response;
      throw error;
    });
  return answer.status;
}

describe('tokens that are bound to a key', () => {
  it('RFC 9449 §5: a proof at the token endpoint binds the token, from there to the gateway', async () => {
    const live = await startLiveGateway();
    const [holder, thief] = [await holderOf(live.client), await holderOf(live.client)];
    const { token } = await live.grant();
    const answer = await exchange(live, token, {}, holder);
    expect(answer.token_type).toBe('dpop');
    expect(decodeJwt(answer.access_token)).toMatchObject({ cnf: { jkt: holder.thumbprint } });
    expect(await statusOf(live, answer.access_token, holder)).toBe(200);
    expect(await statusOf(live, answer.access_token, thief)).toBe(401);
    expect(await live.call(answer.access_token)).toEqual({ status: 401, code: 'invalid_token' });
    expect(live.as.dpop_signing_alg_values_supported).toContain('ES256');
  });

  it('RFC 9449: a bound token is not exchanged without its key, and its holder can name another', async () => {
    const live = await startLiveGateway();
    const [holder, thief, helper] = await Promise.all([live.client, live.client, live.client].map(holderOf));
    if (holder === undefined || helper === undefined || thief === undefined) throw new Error('no holders');
    const bound = (await exchange(live, (await live.grant()).token, {}, holder)).access_token;
    expect(await oauthError(exchange(live, bound, {}))).toBe('invalid_dpop_proof');
    expect(await oauthError(exchange(live, bound, {}, thief))).toBe('invalid_dpop_proof');
    const child = await exchange(live, bound, { dpop_jkt: helper.thumbprint }, holder);
    expect(await statusOf(live, child.access_token, helper)).toBe(200);
    expect(await statusOf(live, child.access_token, holder)).toBe(401);
  });

  it('RFC 9449 §7: a bound token describes tokens only with a proof', async () => {
    const live = await startLiveGateway();
    const holder = await holderOf(live.client);
    const bound = (await exchange(live, (await live.grant()).token, {}, holder)).access_token;
    const url = new URL(`${live.url}/oauth/introspect`);
    const body = new URLSearchParams({ token: bound });
    const headers = { authorization: `Bearer ${bound}` };
    expect((await fetch(url, { method: 'POST', body, headers })).status).toBe(401);
    const options = { ...live.options, DPoP: holder.handle };
    const answer = await oauth.protectedResourceRequest(bound, 'POST', url, new Headers(), body, options);
    expect(await answer.json()).toMatchObject({
      ...{ active: true, token_type: 'DPoP', cnf: { jkt: holder.thumbprint } },
    });
  });

  it('RFC 9449 §5: a refresh token is bound as well, since no client here has a secret', async () => {
    const bench = await createBench();
    const client: oauth.Client = { client_id: 'claude-code' };
    const [holder, thief] = [await holderOf(client), await holderOf(client)];
    const device = await startDevice(bench, { scope: 'openai:chat offline_access' });
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    const options = { ...bench.options, DPoP: holder.handle };
    const polled = await oauth.deviceCodeGrantRequest(bench.as, client, oauth.None(), device.device_code, options);
    const first = await oauth.processDeviceCodeResponse(bench.as, client, polled);
    expect(first.token_type).toBe('dpop');
    const refresh = async (by?: Holder): Promise<oauth.TokenEndpointResponse> => {
      const given = { ...bench.options, ...(by === undefined ? {} : { DPoP: by.handle }) };
      const token = first.refresh_token ?? '';
      const answer = await oauth.refreshTokenGrantRequest(bench.as, client, oauth.None(), token, given);
      return oauth.processRefreshTokenResponse(bench.as, client, answer);
    };
    expect(await oauthError(refresh())).toBe('invalid_grant');
    expect(await oauthError(refresh(thief))).toBe('invalid_grant');
    expect((await refresh(holder)).token_type).toBe('dpop');
    expect(bench.reused).toEqual([]);
  });

  it('RFC 9449 §5: a bad proof is refused, and uses nothing up', async () => {
    const bench = await createBench();
    const device = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    const poll = (headers: Readonly<Record<string, string>>): Promise<Response> =>
      bench.fetch('/oauth/token', {
        method: 'POST',
        headers,
        body: new URLSearchParams({
          ...{ grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: 'claude-code' },
          device_code: device.device_code,
        }),
      });
    const refused = await poll({ dpop: 'nonsense' });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: 'invalid_dpop_proof' });
    bench.skewMs = 6_000;
    expect((await poll({})).status).toBe(200);
    expect(bench.as.issuer).toBe(issuer);
  });
});
