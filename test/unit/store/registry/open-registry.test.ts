import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '#main/store/database.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import type { OauthArtifact, TokenRecord } from '#main/store/registry/registry.ts';
import { thrownBy } from '#test/fixtures/expect-error.ts';
import { credentialRecord, grantRecord, policyRecord } from '#test/fixtures/registry-records.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

const key = 'ab'.repeat(32);
const path = () => join(temporaryFolder(), 'registry.db');
const opened = () => openRegistry({ path: path(), key });

describe('openRegistry', () => {
  test('finds everything again after it was closed', () => {
    const file = path();
    const first = openRegistry({ path: file, key });
    first.credentials.insert(credentialRecord());
    first.grants.insert(grantRecord());
    first.policies.insert(policyRecord());
    first.settings.update({ port: 9000 });
    first.state.write('paused', { since: 5 });
    first.close();
    const again = openRegistry({ path: file, key });
    expect(again.credentials.list()).toEqual([credentialRecord()]);
    expect(again.grants.list()).toEqual([grantRecord()]);
    expect(again.policies.list()).toEqual([policyRecord()]);
    expect(again.settings.read().port).toBe(9000);
    expect(again.state.read('paused')).toEqual({ since: 5 });
    again.close();
  });

  test('writes a change and its audit entry together or not at all', () => {
    const registry = opened();
    const heard: string[] = [];
    registry.audit.onAppend((entry) => heard.push(entry.event));
    const grant = grantRecord();
    expect(() =>
      registry.transaction(() => {
        registry.audit.append({ event: 'access-granted', actor: 'prompt', subject: grant.id }, 0);
        registry.grants.insert(grant);
        registry.grants.insert(grant);
      }),
    ).toThrow();
    expect(registry.grants.find(grant.id)).toBeNull();
    expect(registry.audit.list({ limit: 10 })).toEqual([]);
    expect(heard).toEqual([]);
    registry.transaction(() => {
      registry.grants.insert(grant);
      registry.audit.append({ event: 'access-granted', actor: 'prompt', subject: grant.id }, 0);
    });
    expect(heard).toEqual(['access-granted']);
    registry.close();
  });

  test('calls a damaged row corrupt instead of handing it on', () => {
    const file = path();
    openRegistry({ path: file, key }).close();
    const database = openDatabase({ path: file, key });
    database.run("INSERT INTO signing_keys (kid, public_jwk, created_ms, state) VALUES ('k', '{', 1, 'active')");
    database.close();
    const registry = openRegistry({ path: file, key });
    expect(thrownBy(() => registry.signingKeys.list()).code).toBe('storage_corrupt');
    registry.close();
  });
});

describe('credentials', () => {
  test('have one default per provider', () => {
    const registry = opened();
    registry.credentials.insert(credentialRecord({ id: 'a', isDefault: true }));
    registry.credentials.insert(credentialRecord({ id: 'b', isDefault: true }));
    registry.credentials.insert(credentialRecord({ id: 'c', provider: 'anthropic', isDefault: true }));
    const defaults = () => registry.credentials.list().flatMap(({ id, isDefault }) => (isDefault ? [id] : []));
    expect(defaults()).toEqual(['b', 'c']);
    registry.credentials.makeDefault('a');
    expect(defaults()).toEqual(['a', 'c']);
    expect(thrownBy(() => registry.credentials.makeDefault('nobody')).code).toBe('not_found');
    registry.close();
  });

  test('are updated, expect their vault items, and are removed with them', () => {
    const registry = opened();
    const verification = {
      checkedAt: '2026-11-22T09:00:00.000Z',
      outcome: 'accepted' as const,
      account: 'Ada',
      models: ['m'],
      message: 'Works.',
    };
    registry.credentials.insert(credentialRecord());
    expect(registry.credentials.update('cred_1', { label: 'Home', verification })).toMatchObject({ label: 'Home' });
    expect(registry.credentials.find('cred_1')).toEqual(credentialRecord({ label: 'Home', verification }));
    expect(registry.vaultItems.list()).toEqual(['credential/cred_1/1']);
    registry.credentials.update('cred_1', { version: 2, vaultItem: 'credential/cred_1/2' });
    expect(registry.vaultItems.list()).toEqual(['credential/cred_1/1', 'credential/cred_1/2']);
    registry.vaultItems.forget('credential/cred_1/1');
    expect(registry.credentials.remove('cred_1')).toBe(true);
    expect(registry.credentials.remove('cred_1')).toBe(false);
    expect(registry.vaultItems.list()).toEqual([]);
    registry.close();
  });

  test('refuse an id that is taken and an update of none', () => {
    const registry = opened();
    registry.credentials.insert(credentialRecord());
    expect(thrownBy(() => registry.credentials.insert(credentialRecord())).code).toBe('conflict');
    expect(thrownBy(() => registry.credentials.update('nobody', { label: 'x' })).code).toBe('not_found');
    registry.close();
  });
});

describe('grants', () => {
  const at = (minute: number) => `2026-11-22T09:0${minute}:00.000Z`;

  test('are listed newest first, ended ones only when asked for', () => {
    const registry = opened();
    for (const minute of [1, 2, 3])
      registry.grants.insert(
        grantRecord({ id: `g${minute}`, createdAt: at(minute), tool: minute === 1 ? 'aider' : 'zed' }),
      );
    expect(registry.grants.end('g2', { endedAt: at(5), endedBy: 'panic' })).toBe(true);
    const ids = (grants: readonly { readonly id: string }[]) => grants.map(({ id }) => id);
    expect(ids(registry.grants.list())).toEqual(['g3', 'g1']);
    expect(ids(registry.grants.list({ includeEnded: true }))).toEqual(['g3', 'g2', 'g1']);
    expect(ids(registry.grants.list({ includeEnded: true, limit: 2 }))).toEqual(['g3', 'g2']);
    expect(ids(registry.grants.listByTool('zed', 1))).toEqual(['g3']);
    registry.close();
  });

  test('end once, and the first ending stays', () => {
    const registry = opened();
    registry.grants.insert(grantRecord());
    expect(registry.grants.end('grant_1', { endedAt: at(5), endedBy: 'panic' })).toBe(true);
    expect(registry.grants.end('grant_1', { endedAt: at(6), endedBy: 'expired' })).toBe(false);
    expect(registry.grants.end('nobody', { endedAt: at(6), endedBy: 'expired' })).toBe(false);
    expect(registry.grants.find('grant_1')).toMatchObject({ status: 'ended', endedAt: at(5), endedBy: 'panic' });
    registry.close();
  });

  test('are charged without going below zero, and unlimited ones stay unlimited', () => {
    const registry = opened();
    registry.grants.insert(grantRecord());
    registry.grants.insert(
      grantRecord({ id: 'open', uses: null, usesLeft: null, budgetMicroUsd: null, budgetLeftMicroUsd: null }),
    );
    expect(registry.grants.charge('grant_1', { uses: 2, costMicroUsd: 400_000 })).toBe(true);
    expect(registry.grants.find('grant_1')).toMatchObject({
      usesLeft: 1,
      budgetLeftMicroUsd: 600_000,
      spentMicroUsd: 400_000,
    });
    expect(registry.grants.charge('grant_1', { uses: 2, costMicroUsd: 700_000 })).toBe(true);
    expect(registry.grants.find('grant_1')).toMatchObject({
      usesLeft: 0,
      budgetLeftMicroUsd: 0,
      spentMicroUsd: 1_100_000,
    });
    expect(registry.grants.charge('open', { uses: 5, costMicroUsd: 9 })).toBe(true);
    expect(registry.grants.find('open')).toMatchObject({
      usesLeft: null,
      budgetLeftMicroUsd: null,
      spentMicroUsd: 9,
    });
    expect(registry.grants.charge('nobody', { uses: 1, costMicroUsd: 1 })).toBe(false);
    registry.close();
  });
});

describe('tokens', () => {
  const token = (changes: Partial<TokenRecord>): TokenRecord => ({
    id: 't1',
    grantId: 'grant_1',
    issuedAt: 100,
    expiresAt: 1_000,
    revokedAt: null,
    referenceHash: null,
    clientId: 'codey',
    keyThumbprint: null,
    ...changes,
  });

  test('are found by id, by hash and by grant, and forgotten after they expired', () => {
    const registry = opened();
    registry.grants.insert(grantRecord());
    registry.tokens.insert(token({}));
    registry.tokens.insert(token({ id: 't2', issuedAt: 200, expiresAt: 2_000, referenceHash: 'hash' }));
    expect(registry.tokens.find('t1')).toEqual(token({}));
    expect(registry.tokens.findByReference('hash')?.id).toBe('t2');
    expect(registry.tokens.listByGrant('grant_1').map(({ id }) => id)).toEqual(['t1', 't2']);
    expect(registry.tokens.removeExpired(1_500)).toBe(1);
    expect(registry.tokens.find('t1')).toBeNull();
    registry.close();
  });

  test('are revoked once; expired ones need no mention', () => {
    const registry = opened();
    registry.grants.insert(grantRecord());
    registry.tokens.insert(token({}));
    registry.tokens.insert(token({ id: 't2', expiresAt: 2_000, referenceHash: 'hash' }));
    expect(registry.tokens.listReferences(500).map(({ id }) => id)).toEqual(['t2']);
    expect(registry.tokens.revoke('t1', 300)).toBe(true);
    expect(registry.tokens.revoke('t1', 400)).toBe(false);
    expect(registry.tokens.revoke('t2', 400)).toBe(true);
    expect(registry.tokens.listRevoked(500).map(({ id }) => id)).toEqual(['t1', 't2']);
    expect(registry.tokens.listRevoked(1_500).map(({ id }) => id)).toEqual(['t2']);
    expect(registry.tokens.listReferences(500)).toEqual([]);
    registry.close();
  });

  test('belong to a grant', () => {
    const registry = opened();
    expect(thrownBy(() => registry.tokens.insert(token({ grantId: 'nobody' }))).code).toBe('conflict');
    registry.close();
  });
});

describe('policies', () => {
  test('are kept and removed', () => {
    const registry = opened();
    const policy = policyRecord({ executable: null, uses: 4, effect: 'deny', speaker: '/usr/bin/node (codey)' });
    registry.policies.insert(policy);
    expect(registry.policies.find('pol_1')).toEqual(policy);
    expect(registry.policies.remove('pol_1')).toBe(true);
    expect(registry.policies.remove('pol_1')).toBe(false);
    expect(registry.policies.list()).toEqual([]);
    registry.close();
  });
});

describe('settings', () => {
  test('start at their defaults and refuse what is not valid', () => {
    const registry = opened();
    expect(registry.settings.read()).toMatchObject({ port: 8377, theme: 'system', queryTokenTools: [] });
    expect(thrownBy(() => registry.settings.update({ port: 70_000, theme: 'dark' })).code).toBe('invalid_request');
    expect(registry.settings.read().theme).toBe('system');
    expect(registry.settings.update({ theme: 'dark', queryTokenTools: ['zed'] })).toMatchObject({
      theme: 'dark',
      queryTokenTools: ['zed'],
    });
    registry.close();
  });

  test('read a value that no longer fits as its default', () => {
    const file = path();
    openRegistry({ path: file, key }).close();
    const database = openDatabase({ path: file, key });
    database.run("INSERT INTO settings VALUES ('port', '\"high\"'), ('theme', '\"dark\"'), ('startAtLogin', '{')");
    database.close();
    const registry = openRegistry({ path: file, key });
    expect(registry.settings.read()).toMatchObject({ port: 8377, theme: 'dark', startAtLogin: false });
    registry.close();
  });
});

describe('state', () => {
  test('is replaced, removed, and undefined when absent', () => {
    const registry = opened();
    expect(registry.state.read('paused')).toBeUndefined();
    registry.state.write('paused', true);
    registry.state.write('paused', null);
    expect(registry.state.read('paused')).toBeNull();
    registry.state.remove('paused');
    expect(registry.state.read('paused')).toBeUndefined();
    registry.close();
  });
});

describe('signing keys', () => {
  test('are listed newest first and change their state', () => {
    const registry = opened();
    const publicJwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };
    const signs = { activatedAt: 3, deactivatedAt: null };
    registry.signingKeys.insert({ kid: 'old', publicJwk, createdAt: 1, state: 'active', ...signs });
    registry.signingKeys.insert({ kid: 'new', publicJwk, createdAt: 2, state: 'active', ...signs });
    registry.signingKeys.update('old', { state: 'published', deactivatedAt: 9 });
    expect(registry.signingKeys.list().map(({ kid, state }) => `${kid} ${state}`)).toEqual([
      'new active',
      'old published',
    ]);
    expect(thrownBy(() => registry.signingKeys.update('nobody', { state: 'retired' })).code).toBe('not_found');
    registry.close();
  });

  test('never hold a private member', () => {
    const registry = opened();
    const publicJwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'secret' };
    expect(
      thrownBy(() =>
        registry.signingKeys.insert({
          kid: 'k',
          publicJwk,
          createdAt: 1,
          state: 'active',
          activatedAt: 1,
          deactivatedAt: null,
        }),
      ).code,
    ).toBe('internal');
    expect(registry.signingKeys.list()).toEqual([]);
    registry.close();
  });
});

describe('the authorization server’s state', () => {
  const artifact = (changes: Partial<OauthArtifact> = {}): OauthArtifact => ({
    model: 'DeviceCode',
    id: 'd1',
    payload: { scope: 'openai:chat' },
    grantId: 'g1',
    userCode: 'KFTW-9PLM',
    uid: null,
    consumedAt: null,
    expiresAt: 1_000,
    ...changes,
  });

  test('is found by id, user code and uid within its model', () => {
    const registry = opened();
    registry.oauthState.upsert(artifact());
    registry.oauthState.upsert(artifact({ model: 'Session', uid: 'u1', userCode: null }));
    expect(registry.oauthState.find('DeviceCode', 'd1')).toEqual(artifact());
    expect(registry.oauthState.findByUserCode('DeviceCode', 'KFTW-9PLM')?.id).toBe('d1');
    expect(registry.oauthState.findByUserCode('Session', 'KFTW-9PLM')).toBeNull();
    expect(registry.oauthState.findByUid('Session', 'u1')?.model).toBe('Session');
    registry.oauthState.upsert(artifact({ payload: { scope: 'openai:*' }, expiresAt: null }));
    expect(registry.oauthState.list('DeviceCode')).toEqual([
      artifact({ payload: { scope: 'openai:*' }, expiresAt: null }),
    ]);
    registry.close();
  });

  test('is consumed once and removed by id, by grant and by time', () => {
    const registry = opened();
    for (const id of ['d1', 'd2', 'd3'])
      registry.oauthState.upsert(artifact({ id, grantId: id === 'd2' ? 'g2' : 'g1' }));
    registry.oauthState.upsert(artifact({ id: 'late', grantId: null, expiresAt: 5_000 }));
    expect(registry.oauthState.consume('DeviceCode', 'd1', 7)).toBe(true);
    expect(registry.oauthState.consume('DeviceCode', 'd1', 8)).toBe(false);
    expect(registry.oauthState.find('DeviceCode', 'd1')?.consumedAt).toBe(7);
    registry.oauthState.remove('DeviceCode', 'd3');
    registry.oauthState.removeByGrant('g1');
    expect(registry.oauthState.list('DeviceCode').map(({ id }) => id)).toEqual(['late', 'd2']);
    expect(registry.oauthState.removeExpired(1_000)).toBe(1);
    expect(registry.oauthState.list('DeviceCode').map(({ id }) => id)).toEqual(['late']);
    registry.close();
  });
});
