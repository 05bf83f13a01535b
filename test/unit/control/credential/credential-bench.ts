import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type CredentialService, createCredentialService } from '#main/control/credential/credential-service.ts';
import { createSecretShelf } from '#main/control/credential/secret-shelf.ts';
import type { IdentityDesk } from '#main/control/identity/identity-desk.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import type { Registry } from '#main/store/registry/registry.ts';
import { goodHealth } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { noRotation } from '#shared/model/rotation.ts';
import type { Vault } from '#shared/model/vault.ts';
import { providers } from '#shared/provider/index.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

/** A vault in memory that can be locked, and can fail at its next write. */
export interface TestVault extends Vault {
  readonly items: Map<string, string>;
  locked: boolean;
  readsOf(item: string): number;
}

/** A call that the pretend provider got. */
export interface Call {
  readonly url: string;
  readonly init: RequestInit;
}

/** A credential service over a real registry, a vault in memory and a pretend provider. */
export interface CredentialBench {
  readonly service: CredentialService;
  readonly registry: Registry;
  readonly vault: TestVault;
  readonly calls: Call[];
  readonly lastUsed: Map<string, string>;
  changes: number;
  /** Milliseconds since the epoch at which the clock stands. */
  now: number;
  /** What the provider answers next. */
  answer: () => Promise<Response>;
  /** Makes a second service over the same stores, as a restart does. */
  restart(): CredentialService;
}

/** Time at which the bench's clock stands at first. */
export const benchTime = '2026-11-22T09:00:00.000Z';

const idleIdentities: IdentityDesk = {
  card: async () => ({ issuer: '', subject: '', audience: '', jwks: { keys: [] } }),
  tokenOf: () => null,
  obtain: async () => ({ outcome: 'unreachable', message: '' }),
  rest: () => undefined,
};

function createTestVault(): TestVault {
  const items = new Map<string, string>();
  const reads: string[] = [];
  const guard = (): void => {
    if (vault.locked) throw new TollkeeperError('vault_locked');
  };
  const vault: TestVault = {
    kind: 'memory',
    items,
    locked: false,
    readsOf: (item) => reads.filter((name) => name === item).length,
    status: async () => (vault.locked ? { state: 'locked', message: 'Unlock it.' } : { state: 'ready' }),
    async read(name) {
      reads.push(name);
      if (vault.locked) return { state: 'unavailable', code: 'vault_locked', message: 'Unlock it.' };
      const secret = items.get(name);
      return secret === undefined ? { state: 'absent' } : { state: 'present', secret };
    },
    async write(name, secret) {
      guard();
      items.set(name, secret);
    },
    async remove(name) {
      guard();
      items.delete(name);
    },
  };
  return vault;
}

/** Makes one; its registry is closed when the test has finished. */
export function createCredentialBench(): CredentialBench {
  const registry = openRegistry({ path: join(temporaryFolder(), 'registry.db'), key: 'ab'.repeat(32) });
  onTestFinished(() => registry.close());
  const vault = createTestVault();
  const make = (): CredentialService =>
    createCredentialService({
      registry,
      vault,
      clock: { now: () => bench.now, monotonic: () => 0 },
      random: (bytes) => randomBytes(bytes),
      fetch: async (url, init) => {
        bench.calls.push({ url: String(url), init: init ?? {} });
        return bench.answer();
      },
      providers,
      lastUsed: async () => bench.lastUsed,
      healthOf: () => goodHealth,
      rotationOf: () => noRotation,
      identities: idleIdentities,
      shelf: createSecretShelf(vault, registry),
      onChange: () => {
        bench.changes += 1;
      },
    });
  const bench: CredentialBench = {
    service: make(),
    registry,
    vault,
    calls: [],
    lastUsed: new Map(),
    changes: 0,
    now: Date.parse(benchTime),
    answer: async () => Response.json({ data: [{ id: 'gpt-5' }, { id: 'gpt-5-mini' }] }),
    restart: make,
  };
  return bench;
}
