import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { composeSnapshot } from '#main/control/snapshot/compose-snapshot.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import type { Registry } from '#main/store/registry/registry.ts';
import { credentialRecord } from '#test/fixtures/registry-records.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

const at = '2026-11-22T09:00:00.000Z';

function opened(): Registry {
  const registry = openRegistry({ path: join(temporaryFolder(), 'registry.db'), key: 'ab'.repeat(32) });
  onTestFinished(() => registry.close());
  return registry;
}

function compose(registry: Registry) {
  const secrets = registry.credentials.list().map(({ id }) => ({ credentialId: id, version: 1, secret: 'sk' }));
  return composeSnapshot({
    ...{
      registry,
      secrets,
      jwks: { keys: [] },
      grants: [],
      paused: false,
      hold: null,
      canaryOf: () => null,
      now: Date.parse(at),
    },
    limits: [],
  });
}

it('gives the default key a share of 1, another what its user chose, and the rest none', () => {
  const registry = opened();
  registry.credentials.insert(credentialRecord({ id: 'a', isDefault: true }));
  registry.credentials.insert(credentialRecord({ id: 'b', weight: 3 }));
  registry.credentials.insert(credentialRecord({ id: 'c', weight: 0 }));
  registry.credentials.insert(credentialRecord({ id: 'd' }));
  const weights = Object.fromEntries(
    compose(registry).upstreams.map(({ credentialId, weight }) => [credentialId, weight]),
  );
  expect(weights).toEqual({ a: 1, b: 3, c: 0, d: null });
});

it('says since when a key is known to be good, and not when it was found bad', () => {
  const registry = opened();
  const verification = { checkedAt: at, account: null, models: [], message: '' };
  registry.credentials.insert(credentialRecord({ id: 'good', verification: { ...verification, outcome: 'accepted' } }));
  registry.credentials.insert(credentialRecord({ id: 'bad', verification: { ...verification, outcome: 'rejected' } }));
  const acceptedAt = Object.fromEntries(
    compose(registry).upstreams.map((lease) => [lease.credentialId, lease.acceptedAt]),
  );
  expect(acceptedAt).toEqual({ good: Date.parse(at), bad: null });
});

it('carries the aliases without their history', () => {
  const registry = opened();
  const lease = {
    name: 'fast',
    targets: [{ provider: 'openai', model: 'gpt-5' }],
    timeouts: { idleMs: 1_000 },
    fallbackOn: ['5xx' as const],
  };
  registry.aliases.put({ ...lease, createdAt: at, updatedAt: at });
  expect(compose(registry).aliases).toEqual([lease]);
});
