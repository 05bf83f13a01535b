import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { signingKeysItem } from '#main/control/token/signing-key-item.ts';
import { loadSigningKeys } from '#main/control/token/signing-keys.ts';
import { createTokenIssuer, hashReference, type TokenIssuer } from '#main/control/token/token-issuer.ts';
import type { Grant } from '#shared/model/access.ts';
import { createFakeVault } from '#test/fakes/fake-vault.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { type ControlBench, countingRandom, createControlBench, demandOf } from '../control-bench.ts';

const issuerUrl = 'http://127.0.0.1:8377';

interface IssuerBench extends ControlBench {
  readonly issuer: TokenIssuer;
  readonly grant: Grant;
  readonly jwks: JSONWebKeySet;
}

async function issuerBench(gatewayKnows: () => Promise<void> = async () => undefined): Promise<IssuerBench> {
  const bench = createControlBench();
  const keys = await loadSigningKeys({
    vault: createFakeVault(),
    registry: bench.registry,
    clock: bench.clock,
    onChange: () => undefined,
  });
  const issuer = createTokenIssuer({
    ...bench,
    keys,
    random: countingRandom(),
    issuer: () => issuerUrl,
    onChange: () => undefined,
    gatewayKnows,
  });
  const demand = demandOf({ uses: 4, budgetMicroUsd: 2_500_000, scopes: ['openai:chat', '*:models'] });
  const asked = bench.desk.ask({ demand, channel: 'control-socket', process: null, userCode: null });
  return { ...bench, issuer, grant: bench.desk.approve(asked.id, {}, 'cli'), jwks: keys.jwks() as JSONWebKeySet };
}

describe('a signed token', () => {
  test('is an RFC 9068 access token with the contract’s claims', async () => {
    const { issuer, grant, jwks, clock } = await issuerBench();
    const { token, tokenId } = await issuer.issue({ grantId: grant.id, clientId: 'codey', reference: false });
    const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), {
      typ: 'at+jwt',
      algorithms: ['ES256'],
      issuer: issuerUrl,
      audience: issuerUrl,
      currentDate: new Date(clock.now()),
    });
    expect(payload).toMatchObject({
      sub: 'codey',
      client_id: 'codey',
      scope: 'openai:chat *:models',
      jti: tokenId,
      grant_id: grant.id,
      uses: 4,
      budget: 2_500_000,
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
    expect(decodeProtectedHeader(token).kid).toBe(jwks.keys[0]?.kid);
  });

  test('is read back while it lives, and not when revoked, expired, foreign or altered', async () => {
    const { issuer, grant, registry, clock, pass } = await issuerBench();
    const first = await issuer.issue({ grantId: grant.id, clientId: 'client-1', reference: false });
    const second = await issuer.issue({ grantId: grant.id, clientId: 'client-1', reference: false });
    expect(await issuer.read(first.token)).toMatchObject({ clientId: 'client-1', grant: { id: grant.id } });
    expect(await issuer.read(`${first.token}x`)).toBeNull();
    expect(await issuer.read('nonsense')).toBeNull();
    const stranger = await issuerBench();
    const foreign = await stranger.issuer.issue({ grantId: stranger.grant.id, clientId: 'c', reference: false });
    expect(await issuer.read(foreign.token)).toBeNull();
    registry.tokens.revoke(first.tokenId, clock.now());
    expect(await issuer.read(first.token)).toBeNull();
    expect(await issuer.read(second.token)).not.toBeNull();
    pass(900_000);
    expect(await issuer.read(second.token)).toBeNull();
  });

  test('is not handed out before the gateway knows the grant, nor when it has ended meanwhile', async () => {
    let letKnow: () => void = () => undefined;
    const known = new Promise<void>((resolve) => {
      letKnow = resolve;
    });
    const { issuer, grant, grants } = await issuerBench(() => known);
    const issuing = issuer.issue({ grantId: grant.id, clientId: 'codey', reference: false });
    grants.end(grant.id, 'panic', 'tray');
    letKnow();
    expect(await codeOf(issuing)).toBe('access_denied');
  });
});

test('a reference token is opaque, and only its hash is kept', async () => {
  const { issuer, grant, registry, clock } = await issuerBench();
  const { token, tokenId } = await issuer.issue({ grantId: grant.id, clientId: 'codey', reference: true });
  expect(token).toMatch(/^tk_[A-Za-z0-9_-]{43}$/);
  expect(registry.tokens.listReferences(clock.now())).toMatchObject([
    { id: tokenId, referenceHash: hashReference(token) },
  ]);
  expect(JSON.stringify(registry.tokens.listByGrant(grant.id))).not.toContain(token);
  expect(await issuer.read(token)).toMatchObject({ record: { id: tokenId } });
});

describe('signing keys', () => {
  test('are made once, kept in the vault, and published without their private half', async () => {
    const bench = createControlBench();
    const vault = createFakeVault();
    const options = { vault, registry: bench.registry, clock: bench.clock, onChange: () => undefined };
    const first = await loadSigningKeys(options);
    const second = await loadSigningKeys(options);
    expect(second.current.kid).toBe(first.current.kid);
    expect(first.jwks().keys).toMatchObject([
      { kid: first.current.kid, kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' },
    ]);
    expect(JSON.stringify(first.jwks())).not.toContain('"d"');
    expect(bench.events()).toEqual(['signing-key-created']);
    expect(bench.registry.vaultItems.has(signingKeysItem)).toBe(true);
  });

  test('are not made while the vault is locked', async () => {
    const bench = createControlBench();
    const vault = createFakeVault();
    vault.lock(true);
    expect(
      await codeOf(loadSigningKeys({ vault, registry: bench.registry, clock: bench.clock, onChange: () => undefined })),
    ).toBe('vault_locked');
    expect(vault.items.size).toBe(0);
  });

  test('that were lost are replaced; the old public key still verifies what it signed', async () => {
    const bench = createControlBench();
    const lost = await loadSigningKeys({
      vault: createFakeVault(),
      registry: bench.registry,
      clock: bench.clock,
      onChange: () => undefined,
    });
    const next = await loadSigningKeys({
      vault: createFakeVault(),
      registry: bench.registry,
      clock: bench.clock,
      onChange: () => undefined,
    });
    expect(next.current.kid).not.toBe(lost.current.kid);
    expect(
      next
        .jwks()
        .keys.map((key) => key.kid)
        .sort(),
    ).toEqual([lost.current.kid, next.current.kid].sort());
    expect(bench.registry.signingKeys.list().filter(({ state }) => state === 'active')).toMatchObject([
      { kid: next.current.kid },
    ]);
  });

  test('that can’t be read are not overwritten', async () => {
    const bench = createControlBench();
    const vault = createFakeVault();
    vault.items.set(signingKeysItem, '{"keys":[]}');
    expect(
      await codeOf(loadSigningKeys({ vault, registry: bench.registry, clock: bench.clock, onChange: () => undefined })),
    ).toBe('storage_corrupt');
    expect(vault.items.get(signingKeysItem)).toBe('{"keys":[]}');
  });
});
