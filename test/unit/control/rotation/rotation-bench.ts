import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createSecretShelf } from '#main/control/credential/secret-shelf.ts';
import { createDeadlines } from '#main/control/deadlines.ts';
import { connectors } from '#main/control/rotation/connector/connectors.ts';
import { createRotations, type Rotations } from '#main/control/rotation/create-rotations.ts';
import type { CanaryOutcome, TrafficSwitch } from '#main/control/rotation/traffic-switch.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { Provider } from '#shared/model/provider.ts';
import type { Rotation, RotationSupport } from '#shared/model/rotation.ts';
import type { Vault } from '#shared/model/vault.ts';
import { providers } from '#shared/provider/index.ts';
import { openai } from '#shared/provider/openai.ts';
import { createFakeClock, type FakeClock } from '#test/fakes/fake-clock.ts';
import { createFakeVault, type FakeVault } from '#test/fakes/fake-vault.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { countingRandom } from '../control-bench.ts';
import { createFakeKeyService, type FakeKeyService } from './fake-key-service.ts';

/** Rotation on a real registry, with a pretend provider, vault and gateway. */
export interface RotationBench {
  readonly clock: FakeClock;
  readonly registry: Registry;
  readonly vault: FakeVault;
  readonly service: FakeKeyService;
  readonly traffic: FakeTraffic;
  /** The latest rotations; `restart` replaces them. */
  readonly rotations: Rotations;
  readonly credential: CredentialRecord;
  changes: number;
  /** Starts anew over the same stores, as after a crash. */
  restart(): Promise<void>;
  /** Lets time pass until nothing goes on by itself any more, or so many looks were taken. */
  settle(looks?: number): Promise<void>;
  latest(): Rotation;
  /** Names of the audit log, oldest first. */
  events(): readonly string[];
  /** The secret that the credential's row points to. */
  serving(): string | undefined;
}

/** A gateway that does as it is told. */
export interface FakeTraffic extends TrafficSwitch {
  readonly calls: string[];
  running: number;
  outcome: CanaryOutcome;
  /** The version that calls go out with. */
  version: number;
}

/** The key that the credential has at first. */
export const firstSecret = 'first-secret-made-by-hand-0001';

const support: RotationSupport = {
  connector: 'fake',
  overlap: 'full',
  named: true,
  disable: 'reversible',
  lastUsedLagMs: 60_000,
  propagationMs: 30_000,
  adminKey: null,
  parameters: [],
  calls: { create: 'POST /keys', disable: 'PATCH /keys', revoke: 'DELETE /keys' },
  documentation: 'https://example.com',
};

/** What a bench may differ in. */
export interface RotationBenchOptions {
  readonly support?: Partial<RotationSupport>;
  /** In place of OpenAI with the pretended API for keys. */
  readonly provider?: Provider;
  readonly baseUrl?: string;
  readonly secret?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** Called around writes and removals of the vault. */
  readonly aroundVault?: (method: string, moment: 'before' | 'after') => Promise<void>;
}

/** Makes one; it is closed when the test has finished. */
export async function createRotationBench(options: RotationBenchOptions = {}): Promise<RotationBench> {
  const clock = createFakeClock();
  const registry = openRegistry({ path: join(temporaryFolder(), 'registry.db'), key: 'ab'.repeat(32) });
  const vault = createFakeVault();
  const service = createFakeKeyService(firstSecret);
  const deadlines = createDeadlines({ clock, log: () => undefined, onSetBack: () => undefined });
  const provider: Provider = options.provider ?? { ...openai, rotation: { ...support, ...options.support } };
  const random = countingRandom();
  const open: Rotations[] = [];

  const traffic: FakeTraffic = {
    ...{ calls: [], running: 0, outcome: { kind: 'quiet' }, version: 1 },
    async beginCanary() {
      traffic.calls.push('canary');
      await service.around('canary', 'before');
      await service.around('canary', 'after');
      return traffic.outcome;
    },
    async promote(credentialId) {
      traffic.calls.push('promote');
      await service.around('promote', 'before');
      traffic.version = registry.credentials.find(credentialId)?.version ?? 0;
      await service.around('promote', 'after');
    },
    inFlight: async () => traffic.running,
  };

  function make(): Rotations {
    const made = createRotations({
      registry,
      shelf: createSecretShelf(
        watched(vault, (method, moment) => service.around(`vault.${method}`, moment)),
        registry,
      ),
      ...{ traffic, permit: () => Promise.resolve(), providers: { ...providers, [provider.id]: provider } },
      ...{ connectors: { ...connectors, fake: service.connect }, deadlines, clock, random, log: () => undefined },
      fetch: options.fetch ?? (() => Promise.reject(new TypeError('There is no network here.'))),
      onChange: () => {
        bench.changes += 1;
      },
    });
    open.push(made);
    return made;
  }

  const credential: CredentialRecord = {
    ...{ id: 'cred_bench', provider: provider.id, definition: provider.id, label: 'Bench', fingerprint: '…0001' },
    ...{ baseUrl: options.baseUrl ?? 'https://api.example.com/v1', isDefault: true, weight: null, version: 1 },
    ...{ vaultItem: 'credential/cred_bench/1', createdAt: at(clock), rotatedAt: at(clock), verification: null },
  };
  await vault.write(credential.vaultItem, options.secret ?? firstSecret);
  registry.credentials.insert(credential);

  let rotations = make();
  onTestFinished(async () => {
    deadlines.close();
    registry.close();
  });

  const bench: RotationBench = {
    ...{ clock, registry, vault, service, traffic, credential, changes: 0 },
    get rotations() {
      return rotations;
    },
    async restart() {
      service.around = () => Promise.resolve();
      await createSecretShelf(vault, registry).sweep();
      rotations = make();
      rotations.desk.look();
    },
    async settle(looks = 60) {
      for (let look = 0; look < looks; look += 1) {
        await rotations.engine.idle();
        const running = registry.rotations.listOpen().filter(({ state }) => state === 'running');
        if (running.length === 0) break;
        for (const { resumeAt } of running)
          if (resumeAt !== null) clock.advance(Math.max(0, Date.parse(resumeAt) - clock.now()));
        rotations.desk.look();
      }
      await rotations.engine.idle();
    },
    latest() {
      const [rotation] = registry.rotations.list({ limit: 1 });
      if (rotation === undefined) throw new Error('There is no rotation.');
      return rotation;
    },
    events: () => registry.audit.list({ limit: 1_000, afterSequence: 0 }).map(({ event }) => event),
    serving: () => vault.items.get(registry.credentials.find(credential.id)?.vaultItem ?? ''),
  };
  return bench;
}

const at = (clock: FakeClock): string => new Date(clock.now()).toISOString();

function watched(vault: Vault, around: (method: string, moment: 'before' | 'after') => Promise<void>): Vault {
  return {
    kind: vault.kind,
    status: () => vault.status(),
    read: (name) => vault.read(name),
    async write(name, secret) {
      await around('write', 'before');
      await vault.write(name, secret);
      await around('write', 'after');
    },
    async remove(name) {
      await around('remove', 'before');
      await vault.remove(name);
      await around('remove', 'after');
    },
  };
}
