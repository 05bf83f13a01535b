import { describe, expect, it } from 'vitest';
import { TollkeeperError } from '#shared/model/error.ts';
import { createBench, issuer, poll, startDevice } from '#test/unit/control/authorization-server/authorization-bench.ts';
import { errorOf, obtain, post, refresh } from './sign-in.ts';

describe('refresh tokens', () => {
  it('RFC 6749 §6: a client that registered the grant gets one, and a new token for it', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench, { changes: { scope: 'openai:chat anthropic:chat' } });
    expect(tokens.refresh_token).toMatch(/^rt_[\w-]{43}$/);
    expect(bench.asked[0]?.demand.ttlSeconds).toBe(8 * 60 * 60);
    expect(tokens.expires_in).toBe(900);
    bench.skewMs += 600_000;
    const next = await refresh(bench, client, tokens.refresh_token);
    expect(next).toMatchObject({ token_type: 'bearer', expires_in: 900, scope: 'openai:chat anthropic:chat' });
    expect(next.access_token).not.toBe(tokens.access_token);
    expect(next.refresh_token).not.toBe(tokens.refresh_token);
    expect(bench.asked).toHaveLength(1);
  });

  it('RFC 6749 §6: a client that did not register it gets none, and a token for the whole of its time', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench, {
      metadata: { grant_types: ['authorization_code'] },
      changes: { scope: 'openai:chat offline_access' },
    });
    expect(tokens).not.toHaveProperty('refresh_token');
    expect(bench.asked[0]?.demand).toMatchObject({ ttlSeconds: 900, scopes: ['openai:chat'] });
    expect(await errorOf(refresh(bench, client, 'rt_x'))).toBe('unauthorized_client');
  });

  it('RFC 6749 §6: by the device grant, offline_access asks for one where nothing was registered', async () => {
    const bench = await createBench();
    const without = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    expect(await poll(bench, without.device_code)).not.toHaveProperty('refresh_token');

    const device = await startDevice(bench, { scope: 'openai:chat offline_access', tollkeeper_ttl: '3600' });
    expect(bench.asked[1]?.demand).toMatchObject({ scopes: ['openai:chat'], ttlSeconds: 3_600 });
    bench.asked[1]?.decide({ outcome: 'granted', grantId: 'grant_2' });
    const tokens = await poll(bench, device.device_code);
    expect(tokens).toMatchObject({ expires_in: 900, scope: 'openai:chat' });
    expect((await refresh(bench, { client_id: 'claude-code' }, tokens.refresh_token)).expires_in).toBe(900);
  });

  it('RFC 9700 §4.14.2: one that is used twice ends its family and its grant', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench);
    const second = await refresh(bench, client, tokens.refresh_token);
    const third = await refresh(bench, client, second.refresh_token);
    expect(await errorOf(refresh(bench, client, tokens.refresh_token))).toBe('invalid_grant');
    expect(bench.reused).toEqual([{ grantId: 'grant_1', clientId: client.client_id, what: 'refresh-token' }]);
    for (const token of [third.refresh_token, second.refresh_token, tokens.refresh_token])
      expect(await errorOf(refresh(bench, client, token))).toBe('invalid_grant');
    expect(bench.reused).toHaveLength(1);
  });

  it('RFC 9700 §4.14.2: is another client\u2019s business to nobody', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench);
    const other = await obtain(bench, { grantId: 'grant_2' });
    expect(await errorOf(refresh(bench, other.client, tokens.refresh_token))).toBe('invalid_grant');
    expect(bench.reused).toEqual([]);
    expect((await refresh(bench, client, tokens.refresh_token)).access_token).not.toBe('');
  });

  it('RFC 9700 §4.14.2: never outlives the grant', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench, { changes: { tollkeeper_ttl: '1000' } });
    bench.skewMs += 900_000;
    const last = await refresh(bench, client, tokens.refresh_token);
    bench.skewMs += 100_001;
    expect(await errorOf(refresh(bench, client, last.refresh_token))).toBe('invalid_grant');
    const revoked = await obtain(bench, { grantId: 'grant_2' });
    bench.ended.add('grant_2');
    expect(await errorOf(refresh(bench, revoked.client, revoked.tokens.refresh_token))).toBe('invalid_grant');
  });

  it('RFC 6749 §6: more or less than was granted is invalid_scope, another resource invalid_target', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench, { changes: { scope: 'openai:chat openai:models' } });
    const using = (extra: Record<string, string>) => errorOf(refresh(bench, client, tokens.refresh_token, extra));
    expect(await using({ scope: 'openai:chat openai:models anthropic:chat' })).toBe('invalid_scope');
    expect(await using({ scope: 'openai:chat' })).toBe('invalid_scope');
    expect(await using({ resource: 'https://x.test/' })).toBe('invalid_target');
    expect(await using({ scope: 'openai:models openai:chat', resource: issuer })).toBe('no error');
  });

  it.each([
    ['no token', {}, 'invalid_request'],
    ['a token that never was', { refresh_token: `rt_${'x'.repeat(43)}` }, 'invalid_grant'],
    ['an access token', { refresh_token: 'eyJhbGciOiJFUzI1NiJ9.e30.x' }, 'invalid_grant'],
  ])('RFC 6749 §5.2: %s is refused', async (_name, form, error) => {
    const bench = await createBench();
    const response = await post(bench, '/oauth/token', { grant_type: 'refresh_token', client_id: 'tool', ...form });
    expect([response.status, await response.json()]).toMatchObject([400, { error }]);
  });

  it('may make thirty tokens a minute, and loses nothing by trying more', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench);
    let last = tokens.refresh_token;
    for (let turn = 0; turn < 30; turn += 1) last = (await refresh(bench, client, last)).refresh_token;
    expect(await errorOf(refresh(bench, client, last))).toBe('slow_down');
    bench.skewMs += 60_000;
    expect((await refresh(bench, client, last)).access_token).not.toBe('');
    expect(bench.reused).toEqual([]);
  });

  it('works again when no token could be signed just now', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench);
    bench.issueFailure = new TollkeeperError('vault_locked');
    expect(await errorOf(refresh(bench, client, tokens.refresh_token))).toBe('temporarily_unavailable');
    bench.issueFailure = null;
    expect((await refresh(bench, client, tokens.refresh_token)).refresh_token).toMatch(/^rt_/);
    expect(bench.reused).toEqual([]);
  });

  it('is known after a restart, used or not, and is kept nowhere as it is', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench);
    await bench.restart(true);
    const next = await refresh(bench, client, tokens.refresh_token);
    await bench.restart(true);
    expect(bench.kept('RefreshToken')).toHaveLength(2);
    expect(JSON.stringify(bench.kept('RefreshToken'))).not.toContain(tokens.refresh_token);
    expect(JSON.stringify(bench.kept('RefreshToken'))).not.toContain(next.refresh_token);
    expect(await errorOf(refresh(bench, client, tokens.refresh_token))).toBe('invalid_grant');
    expect(bench.reused).toHaveLength(1);
  });
});
