import { calculateJwkThumbprint, decodeProtectedHeader, type JWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { signingKeysItem } from '#main/control/token/signing-key-item.ts';
import { loadSigningKeys, type SigningKeys } from '#main/control/token/signing-keys.ts';
import { createTokenIssuer, type TokenIssuer } from '#main/control/token/token-issuer.ts';
import { tokenLifetime } from '#shared/model/access.ts';
import { publishedBeforeMs } from '#shared/model/signing-key.ts';
import { createFakeVault, type FakeVault } from '#test/fakes/fake-vault.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { type ControlBench, countingRandom, createControlBench, demandOf } from '../control-bench.ts';

const day = 24 * 60 * 60 * 1_000;
const ceiling = tokenLifetime.ceilingSeconds * 1_000;

interface KeyBench extends ControlBench {
  readonly vault: FakeVault;
  readonly keys: SigningKeys;
  readonly pushes: { count: number };
  /** The same vault and registry read by a new program. */
  reload(): Promise<SigningKeys>;
  issuerOf(keys: SigningKeys): TokenIssuer;
}

async function keyBench(): Promise<KeyBench> {
  const bench = createControlBench();
  const vault = createFakeVault();
  const pushes = { count: 0 };
  const onChange = (): void => {
    pushes.count += 1;
  };
  const reload = (): Promise<SigningKeys> =>
    loadSigningKeys({ vault, registry: bench.registry, clock: bench.clock, onChange });
  const issuerOf = (keys: SigningKeys): TokenIssuer =>
    createTokenIssuer({
      ...{ ...bench, keys, random: countingRandom(), issuer: () => 'http://127.0.0.1:8377' },
      ...{ onChange: () => undefined, gatewayKnows: async () => undefined },
    });
  return { ...bench, vault, pushes, keys: await reload(), reload, issuerOf };
}

function kids(keys: SigningKeys): readonly unknown[] {
  return keys.jwks().keys.map((key) => key.kid);
}

function storedKids(vault: FakeVault): readonly string[] {
  const item = JSON.parse(vault.items.get(signingKeysItem) ?? '') as { keys: { kid: string }[] };
  return item.keys.map(({ kid }) => kid);
}

describe('token-signing keys', () => {
  test('RFC 7517: a new key is published before it signs, and kept until the last token it signed has expired', async () => {
    const { keys, clock, vault, pushes, issuerOf, desk } = await keyBench();
    const issuer = issuerOf(keys);
    const first = keys.current.kid;
    await keys.look();
    expect(kids(keys)).toEqual([first]);
    clock.advance(30 * day);
    await keys.look();
    const [next] = kids(keys);
    expect(kids(keys)).toEqual([next, first]);
    expect(keys.current.kid).toBe(first);
    expect(pushes.count).toBe(1);
    clock.advance(publishedBeforeMs - 1);
    await keys.look();
    expect(keys.current.kid).toBe(first);
    const asked = desk.ask({
      ...{ demand: demandOf({ ttlSeconds: tokenLifetime.ceilingSeconds }), channel: 'control-socket' },
      ...{ process: null, userCode: null },
    });
    const order = { grantId: desk.approve(asked.id, {}, 'cli').id, clientId: 'codey', reference: false };
    const old = await issuer.issue(order);
    clock.advance(1);
    await keys.look();
    expect(keys.current.kid).toBe(next);
    expect(storedKids(vault), 'what never signs again is nowhere').toEqual([next]);
    expect(decodeProtectedHeader((await issuer.issue(order)).token).kid).toBe(next);
    clock.advance(ceiling - 2_000);
    await keys.look();
    expect(await issuer.read(old.token), 'two seconds before it expires').not.toBeNull();
    clock.advance(2_000);
    await keys.look();
    expect(kids(keys)).toEqual([next]);
  });

  test('RFC 7517: `kid` is the thumbprint of RFC 7638, and no private member is published', async () => {
    const { keys } = await keyBench();
    await keys.rotate('cli');
    for (const { kid, ...jwk } of keys.jwks().keys) {
      expect(kid).toBe(await calculateJwkThumbprint(jwk as unknown as JWK));
      expect(Object.keys(jwk)).not.toContain('d');
    }
  });

  test('RFC 9068: RS256 can be had, and both kinds verify while they take turns', async () => {
    const { keys, clock, registry, issuerOf, desk } = await keyBench();
    const issuer = issuerOf(keys);
    const asked = desk.ask({ demand: demandOf(), channel: 'control-socket', process: null, userCode: null });
    const order = { grantId: desk.approve(asked.id, {}, 'cli').id, clientId: 'codey', reference: false };
    const elliptic = await issuer.issue(order);
    registry.settings.update({ tokenSignature: 'RS256' });
    await keys.look();
    clock.advance(publishedBeforeMs - 1);
    clock.advance(1);
    await keys.look();
    expect(keys.current.algorithm).toBe('RS256');
    expect(keys.jwks().keys[0]).toMatchObject({ kty: 'RSA', alg: 'RS256' });
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(keys.jwks().keys[0]).not.toHaveProperty(member);
    const again = desk.ask({ demand: demandOf(), channel: 'control-socket', process: null, userCode: null });
    const rsa = await issuer.issue({ ...order, grantId: desk.approve(again.id, {}, 'cli').id });
    expect(decodeProtectedHeader(rsa.token)).toMatchObject({ alg: 'RS256', typ: 'at+jwt' });
    expect(await issuer.read(rsa.token)).not.toBeNull();
    expect((await issuer.read(elliptic.token)) === null, 'its time is up').toBe(true);
  });

  test('are changed by hand one at a time', async () => {
    const { keys, events } = await keyBench();
    await keys.rotate('cli');
    expect(await codeOf(keys.rotate('cli'))).toBe('conflict');
    expect(events()).toEqual(['signing-key-created', 'signing-key-created']);
  });

  test('that are suspect are replaced at once, and what they signed is nothing any more', async () => {
    const { keys, issuerOf, desk, vault, reload } = await keyBench();
    const issuer = issuerOf(keys);
    const asked = desk.ask({ demand: demandOf(), channel: 'control-socket', process: null, userCode: null });
    const order = { grantId: desk.approve(asked.id, {}, 'cli').id, clientId: 'codey', reference: false };
    const old = await issuer.issue(order);
    await keys.rotate('cli');
    const { kid } = await keys.replace('cli');
    expect(kids(keys)).toEqual([kid]);
    expect(storedKids(vault)).toEqual([kid]);
    expect(await issuer.read(old.token)).toBeNull();
    expect(await issuer.read((await issuer.issue(order)).token)).not.toBeNull();
    expect((await reload()).current.kid).toBe(kid);
  });

  test('are as they were after a crash before the registry heard of the new one', async () => {
    const { keys, vault, registry, reload } = await keyBench();
    const before = keys.current.kid;
    const { insert } = registry.signingKeys;
    Object.assign(registry.signingKeys, {
      insert: () => {
        throw new Error('killed');
      },
    });
    await expect(keys.rotate('cli')).rejects.toThrow('killed');
    Object.assign(registry.signingKeys, { insert });
    expect(storedKids(vault)).toHaveLength(2);
    const after = await reload();
    expect(after.current.kid).toBe(before);
    await after.look();
    expect(storedKids(vault)).toEqual([before]);
    expect(kids(after)).toEqual([before]);
  });

  test('go on to take turns after a restart, also when the vault was locked just then', async () => {
    const { keys, vault, clock, reload } = await keyBench();
    const [first, { kid: next }] = [keys.current.kid, await keys.rotate('cli')];
    clock.advance(publishedBeforeMs);
    const after = await reload();
    expect(after.current.kid).toBe(first);
    vault.lock(true);
    expect(await codeOf(after.look())).toBe('vault_locked');
    expect(after.current.kid).toBe(next);
    vault.lock(false);
    const last = await reload();
    expect(last.current.kid).toBe(next);
    await last.look();
    expect(storedKids(vault)).toEqual([next]);
  });

  test('do not wait for a next one that the vault has lost, nor take back one that was retired', async () => {
    const { keys, vault, reload } = await keyBench();
    const backup = vault.items.get(signingKeysItem) ?? '';
    const { kid: lost } = await keys.rotate('cli');
    vault.items.set(signingKeysItem, backup);
    const after = await reload();
    expect(kids(after)).not.toContain(lost);
    const { kid } = await after.replace('cli');
    vault.items.set(signingKeysItem, backup);
    const restored = await reload();
    expect(storedKids(vault)).toEqual([restored.current.kid]);
    expect(backup).not.toContain(restored.current.kid);
    expect(kids(restored)).toContain(kid);
  });
});
