import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { RotationRecord } from '#main/store/registry/rotation-records.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';

import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type {
  CredentialRotation,
  OrphanKey,
  Rotation,
  RotationOverview,
  RotationSchedule,
  RotationSetup,
  RotationStep,
} from '#shared/model/rotation.ts';
import type { AdminKeys } from './admin-keys.ts';
import type { ConnectorDesk } from './connector-desk.ts';
import type { RotationEngine } from './rotation-engine.ts';
import type { RotationPlanner } from './rotation-planner.ts';
import { keyNamePrefix } from './step/make-new-key.ts';

/** A rotation with its journal. */
export type RotationHistory = Rotation & { readonly steps: readonly RotationStep[] };

/** What a search for orphans found, and where it could not look. */
export interface OrphanSearch {
  readonly orphans: readonly OrphanKey[];
  readonly unreachable: readonly { readonly credentialId: string; readonly message: string }[];
}

/** Everything that is asked about rotations, and done to them. */
export interface RotationDesk {
  readonly adminKeys: AdminKeys;
  /** One per credential that has a key, oldest first. */
  list(): readonly RotationOverview[];
  /** Newest first. */
  history(query: { readonly credentialId?: string | undefined; readonly limit: number }): readonly RotationHistory[];
  /** Throws `not_found`. */
  find(id: string): Rotation;
  /** What lists of credentials show. */
  of(credential: CredentialRecord): CredentialRotation;
  /** Throws `conflict` while another of this credential is under way, and `rotation_unsupported`. */
  start(credentialId: string, actor: Actor): Rotation;
  connect(
    credentialId: string,
    changes: Partial<Pick<RotationSetup, 'adminKeyId' | 'parameters'>>,
    actor: Actor,
  ): RotationOverview;
  schedule(credentialId: string, schedule: RotationSchedule | null, actor: Actor): RotationOverview;
  /** A paused credential begins no rotation, and one under way goes on after the present step only when that is over. */
  pause(credentialId: string, paused: boolean, actor: Actor): RotationOverview;
  rollBack(id: string, actor: Actor): Promise<Rotation>;
  proceed(id: string, force: boolean, actor: Actor): Rotation;
  /** Keys at the providers that bear a name of ours and that nothing uses. */
  orphans(): Promise<OrphanSearch>;
  /** Revokes one of those; anything else is refused with `not_found`. */
  removeOrphan(credentialId: string, keyId: string, actor: Actor): Promise<void>;
  /** Throws `conflict` while the credential's rotation goes on by itself: taking the key away now would leave keys behind. */
  requireRest(credentialId: string): void;
  /** To be called at the start, after waking up, and now and then. */
  look(): void;
  close(): Promise<void>;
}

/** What the desk is made from. */
export interface RotationDeskOptions {
  readonly registry: Registry;
  readonly engine: RotationEngine;
  readonly planner: RotationPlanner;
  readonly connectors: ConnectorDesk;
  readonly adminKeys: AdminKeys;
  readonly clock: Clock;
}

const dayMs = 24 * 60 * 60 * 1_000;

/** Makes the desk. */
export function createRotationDesk(options: RotationDeskOptions): RotationDesk {
  const { registry, engine, planner, connectors, adminKeys, clock } = options;
  const { rotations } = registry;

  function existing(credentialId: string): CredentialRecord {
    const credential = registry.credentials.find(credentialId);
    if (credential !== null) return credential;
    throw new TollkeeperError('not_found', `There is no key ${credentialId}.`);
  }

  const ageDays = ({ rotatedAt }: CredentialRecord): number =>
    Math.max(0, Math.floor((clock.now() - Date.parse(rotatedAt)) / dayMs));

  function isDue({ nextAt, paused }: RotationSetup, open: Rotation | null): boolean {
    return open === null && !paused && nextAt !== null && Date.parse(nextAt) <= clock.now();
  }

  function overview(credential: CredentialRecord): RotationOverview {
    const { id, provider, label, fingerprint, rotatedAt } = credential;
    const setup = planner.setupOf(id);
    const current = rotations.open(id);
    const last = rotations.list({ credentialId: id, limit: 2 }).find(({ endedAt }) => endedAt !== null) ?? null;
    return {
      ...{ credentialId: id, provider, label, fingerprint, storedAt: rotatedAt, ageDays: ageDays(credential) },
      ...{ method: connectors.methodOf(credential), setup, due: isDue(setup, current) },
      ...{ current: current && shown(current), last: last && shown(last) },
    };
  }

  async function orphansOf(credential: CredentialRecord): Promise<readonly OrphanKey[]> {
    const { connector, support } = connectors.connect(credential, `orphans ${credential.id}`);
    if (!support.named || rotations.open(credential.id) !== null) return [];
    const used = usedKeys(credential);
    return (await connector.list(keyNamePrefix(credential.id)))
      .filter(({ id }) => !used.has(id))
      .map(({ id, name, createdAt, lastUsedAt }) => ({
        ...{ credentialId: credential.id, provider: credential.provider, keyId: id, name: name ?? '' },
        ...{ createdAt, lastUsedAt },
      }));
  }

  /** The provider's ids of the key that serves. */
  function usedKeys({ id, version }: CredentialRecord): ReadonlySet<string> {
    const all = rotations.list({ credentialId: id, limit: 1_000 });
    const keys = all.flatMap(({ oldKey, newKey }) => [oldKey, newKey]);
    return new Set(keys.flatMap((key) => (key.version === version && key.keyId !== null ? [key.keyId] : [])));
  }

  return {
    adminKeys,
    list: () =>
      registry.credentials
        .list()
        .filter(({ vaultItem }) => vaultItem !== '')
        .map(overview),
    history: (query) =>
      rotations.list(query).map((record) => ({ ...shown(record), steps: [...rotations.steps(record.id)] })),
    find(id) {
      const rotation = rotations.find(id);
      if (rotation !== null) return shown(rotation);
      throw new TollkeeperError('not_found', `There is no rotation ${id}.`);
    },
    of(credential) {
      const setup = planner.setupOf(credential.id);
      const open = rotations.open(credential.id);
      return {
        ageDays: ageDays(credential),
        nextAt: setup.paused ? null : setup.nextAt,
        state: stateOf(setup, open, isDue(setup, open)),
      };
    },
    start: (id, actor) => shown(engine.begin(existing(id), 'person', actor)),
    connect(id, changes, actor) {
      const credential = existing(id);
      const names = connectors.supportOf(credential)?.parameters.map(({ name }) => name) ?? [];
      const unknown = Object.keys(changes.parameters ?? {}).find((name) => !names.includes(name));
      if (unknown !== undefined)
        throw new TollkeeperError(
          'invalid_request',
          `There is nothing called ${unknown} to set. Known: ${names.join(', ')}.`,
        );
      if (
        changes.adminKeyId !== undefined &&
        changes.adminKeyId !== null &&
        rotations.adminKey(changes.adminKeyId) === null
      )
        throw new TollkeeperError('not_found', `There is no admin key ${changes.adminKeyId}.`);
      planner.connect(credential, changes, actor);
      return overview(credential);
    },
    schedule(id, schedule, actor) {
      planner.schedule(existing(id), schedule, actor);
      planner.look();
      return overview(existing(id));
    },
    pause(id, paused, actor) {
      planner.pause(existing(id), paused, actor);
      engine.look();
      planner.look();
      return overview(existing(id));
    },
    rollBack: async (id, actor) => shown(await engine.rollBack(id, actor)),
    proceed: (id, force, actor) => shown(engine.proceed(id, force, actor)),
    async orphans() {
      const credentials = registry.credentials.list().filter((one) => connectors.methodOf(one) === 'automatic');
      const found = await Promise.all(
        credentials.map((credential) =>
          orphansOf(credential).then(
            (orphans) => ({ orphans, unreachable: [] }),
            (error: unknown) => ({
              orphans: [],
              unreachable: [{ credentialId: credential.id, message: toErrorDocument(error).message }],
            }),
          ),
        ),
      );
      return {
        orphans: found.flatMap(({ orphans }) => orphans),
        unreachable: found.flatMap(({ unreachable }) => unreachable),
      };
    },
    async removeOrphan(credentialId, keyId, actor) {
      const credential = existing(credentialId);
      const orphan = (await orphansOf(credential)).find((one) => one.keyId === keyId);
      if (orphan === undefined) throw new TollkeeperError('not_found', 'That key is no orphan of ours.');
      const secret = () => Promise.reject(new TollkeeperError('vault_item_missing'));
      await connectors
        .connect(credential, `orphans ${credentialId}`)
        .connector.revoke({ id: keyId, name: orphan.name, secret });
      registry.audit.append(
        { event: 'orphan-revoked', actor, subject: credentialId, detail: { name: orphan.name } },
        clock.now(),
      );
    },
    requireRest(credentialId) {
      if (rotations.open(credentialId)?.state !== 'running') return;
      throw new TollkeeperError(
        'conflict',
        'This key is being changed. Let that end, or go back first: toll rotation roll-back',
      );
    },
    look() {
      engine.look();
      planner.look();
    },
    close: () => engine.close(),
  };
}

function stateOf(setup: RotationSetup, open: Rotation | null, due: boolean): CredentialRotation['state'] {
  if (open !== null) return open.state === 'stopped' ? 'stopped' : 'running';
  if (setup.schedule === null) return 'none';
  if (setup.paused) return 'paused';
  return due ? 'due' : 'scheduled';
}

/** A rotation without what only the journal needs. */
function shown(record: Rotation | RotationRecord): Rotation {
  const {
    oldItem: _o,
    newItem: _n,
    oldVerification: _ov,
    newVerification: _nv,
    forced: _f,
    ...rotation
  } = {
    ...{ oldItem: '', newItem: '', oldVerification: null, newVerification: null, forced: false },
    ...record,
  };
  return rotation;
}
