import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';

import { TollkeeperError } from '#shared/model/error.ts';
import {
  type CredentialRotation,
  type PlannedRotation,
  type Rotation,
  type RotationOverview,
  type RotationSchedule,
  type RotationSetup,
  type RotationStep,
  rotationSchema,
} from '#shared/model/rotation.ts';
import type { AdminKeys } from './admin-keys.ts';
import type { ConnectorDesk } from './connector-desk.ts';
import type { GuidedRotations, ProvidedKey } from './guided-rotations.ts';
import { createOrphanSearch, type OrphanSearch } from './orphan-search.ts';
import type { RotationEngine } from './rotation-engine.ts';
import type { RotationPlanner } from './rotation-planner.ts';

/** A rotation with its journal. */
export type RotationHistory = Rotation & { readonly steps: readonly RotationStep[] };

/** What `connect` may change. */
export type SetupChanges = Partial<Pick<RotationSetup, 'adminKeyId' | 'parameters'>>;

/** Everything that is asked about rotations, and done to them. */
export interface RotationDesk extends OrphanSearch {
  readonly adminKeys: AdminKeys;
  /** One per credential that has a key, oldest first. */
  list(): readonly RotationOverview[];
  /** Newest first. */
  history(query: { readonly credentialId?: string | undefined; readonly limit: number }): readonly RotationHistory[];
  /** Throws `not_found`. */
  find(id: string): Rotation;
  /** What lists of credentials show. */
  of(credential: CredentialRecord): CredentialRotation;
  /**
   * Throws `conflict` while another of this credential is under way, and `rotation_unsupported`. With `guided` a person makes the new
   * key; left out, only where the provider's API does not.
   */
  start(credentialId: string, actor: Actor, guided?: boolean): Rotation;
  /** Takes the new key that a person made. See {@link GuidedRotations}. */
  provide(id: string, secret: string, actor: Actor): Promise<ProvidedKey>;
  connect(credentialId: string, changes: SetupChanges, actor: Actor): RotationOverview;
  schedule(credentialId: string, schedule: RotationSchedule | null, actor: Actor): RotationOverview;
  /** A paused credential begins no rotation, and one under way goes on after the present step only when that is over. */
  pause(credentialId: string, paused: boolean, actor: Actor): RotationOverview;
  /** The next times of a schedule that is not set. Throws `not_found`, and `invalid_request` for one that never comes. */
  preview(credentialId: string, schedule: RotationSchedule): readonly string[];
  /** All that is planned until `until`, in milliseconds since the epoch; soonest first. */
  calendar(until: number): readonly PlannedRotation[];
  rollBack(id: string, actor: Actor): Promise<Rotation>;
  proceed(id: string, force: boolean, actor: Actor): Rotation;
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
  readonly guided: GuidedRotations;
  readonly clock: Clock;
}

const dayMs = 24 * 60 * 60 * 1_000;

/** Makes the desk. */
export function createRotationDesk(options: RotationDeskOptions): RotationDesk {
  const { registry, engine, planner, connectors, adminKeys, guided, clock } = options;
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

  function checkChanges(credential: CredentialRecord, { adminKeyId, parameters = {} }: SetupChanges): void {
    const names = connectors.supportOf(credential)?.parameters.map(({ name }) => name) ?? [];
    const unknown = Object.keys(parameters).find((name) => !names.includes(name));
    const known = names.length === 0 ? 'Nothing has to be set.' : `Known: ${names.join(', ')}.`;
    if (unknown !== undefined)
      throw new TollkeeperError('invalid_request', `There is nothing called ${unknown} to set. ${known}`);
    if (typeof adminKeyId === 'string' && rotations.adminKey(adminKeyId)?.provider !== credential.provider)
      throw new TollkeeperError('not_found', `There is no admin key ${adminKeyId} of ${credential.provider}.`);
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
    start(id, actor, wished) {
      const credential = existing(id);
      const isGuided = wished ?? connectors.methodOf(credential) === 'by-hand';
      return shown(engine.begin(credential, { trigger: 'person', guided: isGuided }, actor));
    },
    async provide(id, secret, actor) {
      const { rotation, ...found } = await guided.provide(id, secret, actor);
      return { rotation: shown(rotation), ...found };
    },
    connect(id, changes, actor) {
      const credential = existing(id);
      checkChanges(credential, changes);
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
    preview: (id, schedule) => planner.preview(existing(id), schedule),
    calendar: (until) => planner.calendar(until),
    rollBack: async (id, actor) => shown(await engine.rollBack(id, actor)),
    proceed: (id, force, actor) => shown(engine.proceed(id, force, actor)),
    ...createOrphanSearch({ registry, connectors, clock }),
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
function shown(record: Rotation): Rotation {
  return rotationSchema.parse(record);
}
