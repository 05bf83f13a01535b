import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { GatewayState } from '#main/gateway/state/gateway-state.ts';
import { GrantState } from '#main/gateway/state/grant-state.ts';
import { prepareUpstream } from '#main/gateway/state/upstream.ts';
import type { GrantLease, Snapshot, UpstreamLease } from '#shared/contract/port.ts';

const noon = Date.UTC(2026, 0, 1, 12);

/** A clock that stands until it is moved. */
function frozenClock() {
  const time = { wall: noon, monotonic: 0 };
  return { time, clock: { now: () => time.wall, monotonic: () => time.monotonic } };
}

const lease: GrantLease = {
  ...{ grantId: 'g', tool: 't', scopes: ['openai:chat'], expiresAt: noon + 60_000 },
  ...{ usesLeft: null, budgetLeftMicroUsd: null, budgetMicroUsd: null, queryToken: false },
};
const empty: Snapshot = {
  ...{ version: 1, issuer: 'http://127.0.0.1:8377', audience: 'http://127.0.0.1:8377', jwks: { keys: [] } },
  ...{ upstreams: [], aliases: [], grants: [], limits: [], revokedTokenIds: [], referenceTokens: [], paused: false },
};

describe('a grant', () => {
  it('ends by the wall clock', () => {
    const { time, clock } = frozenClock();
    const grant = new GrantState(lease, clock);
    expect(grant.expired(clock)).toBe(false);
    time.wall += 60_000;
    expect(grant.expired(clock)).toBe(true);
  });

  it('ends by the monotonic clock, so that setting the clock back gains nothing', () => {
    const { time, clock } = frozenClock();
    const grant = new GrantState(lease, clock);
    time.wall -= 3_600_000;
    time.monotonic += 60_000;
    expect(grant.expired(clock)).toBe(true);
    grant.renew(lease, clock);
    expect(grant.expired(clock)).toBe(true);
  });

  it('takes new scopes and keeps its counts when it is renewed', () => {
    const { clock } = frozenClock();
    const grant = new GrantState({ ...lease, usesLeft: 2, budgetLeftMicroUsd: 100 }, clock);
    expect(grant.takeUse()).toBe(true);
    expect(grant.reserve(60)).toBe(true);
    grant.renew({ ...lease, scopes: ['gemini:chat'], usesLeft: 2, budgetLeftMicroUsd: 100 }, clock);
    expect(grant.scopes.allows('gemini', 'chat', null)).toBe(true);
    expect(grant.scopes.allows('openai', 'chat', null)).toBe(false);
    expect(grant.reserve(60)).toBe(false);
    expect(grant.takeUse()).toBe(true);
    expect(grant.takeUse()).toBe(false);
  });

  it('replaces what was set aside by what it cost', () => {
    const { clock } = frozenClock();
    const grant = new GrantState({ ...lease, budgetLeftMicroUsd: 100 }, clock);
    expect(grant.reserve(90)).toBe(true);
    grant.settle(90, 30);
    expect(grant.reserve(70)).toBe(true);
    expect(grant.reserve(1)).toBe(false);
  });

  it('lets nothing pass once its budget is spent, not even what costs nothing', () => {
    const { clock } = frozenClock();
    const grant = new GrantState({ ...lease, budgetLeftMicroUsd: 10 }, clock);
    grant.reserve(10);
    grant.settle(10, 12);
    expect(grant.reserve(0)).toBe(false);
  });
});

describe('a snapshot', () => {
  it('that is older than the present one changes nothing', () => {
    const { clock } = frozenClock();
    const state = new GatewayState({ ...empty, version: 5 }, clock);
    state.apply({ ...empty, version: 4, grants: [lease] });
    expect(state.grant('g')).toBeUndefined();
    expect(state.version).toBe(5);
  });

  it('cuts what runs under a grant that is gone, and only that', () => {
    const { clock } = frozenClock();
    const other = { ...lease, grantId: 'other' };
    const state = new GatewayState({ ...empty, grants: [lease, other] }, clock);
    const cut: string[] = [];
    state.grant('g')?.running.join({ tokenId: 'a', cut: () => cut.push('g') });
    state.grant('other')?.running.join({ tokenId: 'b', cut: () => cut.push('other') });
    state.apply({ ...empty, version: 2, grants: [other] });
    expect(cut).toEqual(['g']);
    state.apply({ ...empty, version: 3, grants: [other], revokedTokenIds: ['b'] });
    expect(cut).toEqual(['g', 'other']);
  });
});

describe('a verified token', () => {
  let keys: CryptoKeyPair;
  let snapshot: Snapshot;

  beforeAll(async () => {
    keys = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'ES256' };
    snapshot = { ...empty, jwks: { keys: [jwk] }, grants: [lease] };
  });

  function sign(): Promise<string> {
    return new SignJWT({ client_id: 'c', grant_id: 'g' })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
      .setIssuer(empty.issuer)
      .setAudience(empty.audience)
      .setSubject('t')
      .setJti('j')
      .setIssuedAt(noon / 1_000)
      .setExpirationTime(noon / 1_000 + 60)
      .sign(keys.privateKey);
  }

  it('is recalled until either clock is past its end', async () => {
    const { time, clock } = frozenClock();
    const { verifier } = new GatewayState(snapshot, clock);
    const token = await sign();
    expect(verifier.recall(token)).toBeNull();
    expect(await verifier.verify(token)).toMatchObject({ grantId: 'g', tokenId: 'j' });
    expect(verifier.recall(token)).not.toBeNull();
    time.wall -= 3_600_000;
    time.monotonic += 60_000;
    expect(verifier.recall(token)).toBeNull();
  });

  it('is forgotten when the keys change', async () => {
    const { clock } = frozenClock();
    const state = new GatewayState(snapshot, clock);
    const token = await sign();
    await state.verifier.verify(token);
    state.apply({ ...snapshot, version: 2, jwks: { keys: [] } });
    expect(state.verifier.recall(token)).toBeNull();
    expect(await state.verifier.verify(token)).toBeNull();
  });

  it('is refused when the keys change while it is verified', async () => {
    const { clock } = frozenClock();
    const state = new GatewayState(snapshot, clock);
    const verifying = state.verifier.verify(await sign());
    state.apply({ ...snapshot, version: 2, jwks: { keys: [] } });
    expect(await verifying).toBeNull();
  });
});

describe('an upstream', () => {
  const upstream: UpstreamLease = {
    ...{ provider: 'openai', definition: 'openai', credentialId: 'c1', credentialVersion: 1 },
    ...{ baseUrl: 'https://api.openai.com/v1', secret: 'sk-x', isDefault: false },
    ...{ weight: null, acceptedAt: null },
  };

  it.each([
    'http://api.openai.com/v1',
    'http://127.0.0.1.evil.example/v1',
    'https://user:pw@api.openai.com/v1',
    'ftp://127.0.0.1/v1',
    'nonsense',
  ])('at %s is not used', (baseUrl) => {
    expect(prepareUpstream({ ...upstream, baseUrl })).toBeNull();
  });

  it('of an unknown definition is not used', () => {
    expect(prepareUpstream({ ...upstream, definition: 'nobody' })).toBeNull();
  });

  it('is the default credential of its provider, wherever it stands', () => {
    const chosen = { ...upstream, credentialId: 'c2', isDefault: true };
    const { clock } = frozenClock();
    const served = (...upstreams: readonly UpstreamLease[]): readonly string[] =>
      new GatewayState({ ...empty, upstreams }, clock).upstreams.all('openai').map(({ credentialId }) => credentialId);
    expect(served(upstream, chosen)).toEqual(['c2']);
    expect(served(upstream)).toEqual(['c1']);
  });
});
