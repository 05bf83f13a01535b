import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { PlannedRotation, Rotation, RotationSchedule, RotationSetup } from '#shared/model/rotation.ts';
import { firstAllowedTime, nextRotationTime, planRotation, upcomingTimes } from '#shared/policy/plan-rotation.ts';
import { type ConnectorDesk, emptySetup } from './connector-desk.ts';
import { checkCron, nextCronTime } from './cron-time.ts';
import type { RotationEngine } from './rotation-engine.ts';

/** Begins rotations when their time has come, and reminds of those that a person has to do. */
export interface RotationPlanner {
  /** To be called now and then: what was missed is made up for. */
  look(): void;
  /** Null takes the schedule away. Throws `invalid_request` for a time that never comes. */
  schedule(credential: CredentialRecord, schedule: RotationSchedule | null, actor: Actor): RotationSetup;
  /** Changes what the credential's rotations need. */
  connect(
    credential: CredentialRecord,
    changes: Partial<Pick<RotationSetup, 'adminKeyId' | 'parameters'>>,
    actor: Actor,
  ): void;
  pause(credential: CredentialRecord, paused: boolean, actor: Actor): void;
  /** The next times of a schedule, without jitter, each as an ISO time. Throws `invalid_request` for one that never comes. */
  preview(credential: CredentialRecord, schedule: RotationSchedule): readonly string[];
  /** All that is planned until `until`, in milliseconds since the epoch; soonest first. */
  calendar(until: number): readonly PlannedRotation[];
  /** A rotation has ended: the next time is set. To be called in the transaction that ends it. */
  ended(rotation: Rotation): void;
  setupOf(credentialId: string): RotationSetup;
}

/** What a planner is made from. */
export interface RotationPlannerOptions {
  readonly registry: Pick<Registry, 'credentials' | 'rotations' | 'audit' | 'transaction'>;
  readonly engine: Pick<RotationEngine, 'begin'>;
  readonly connectors: ConnectorDesk;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly jitter: () => number;
  readonly onChange: () => void;
}

/** A scheduled rotation that went back is tried again no sooner, in milliseconds. */
const afterFailureMs = 24 * 60 * 60 * 1_000;

/** How many times a preview of a schedule shows. */
const previewTimes = 3;
/** How many times of one key a calendar shows. */
const mostPlanned = 100;

const toIso = (at: number): string => new Date(at).toISOString();

/** Makes a planner. */
export function createRotationPlanner(options: RotationPlannerOptions): RotationPlanner {
  const { registry, engine, connectors, clock, onChange } = options;
  const { rotations } = registry;
  const setupOf = (id: string): RotationSetup => rotations.setup(id) ?? emptySetup(id);

  function put(setup: RotationSetup, actor: Actor, detail: Readonly<Record<string, unknown>>): RotationSetup {
    registry.transaction(() => {
      rotations.putSetup(setup);
      registry.audit.append({ event: 'rotation-planned', actor, subject: setup.credentialId, detail }, clock.now());
    });
    onChange();
    return setup;
  }

  function nextAt(schedule: RotationSchedule | null, storedAt: string): string | null {
    if (schedule === null) return null;
    const times = { storedAt: Date.parse(storedAt), after: clock.now(), jitter: options.jitter() };
    const next = nextRotationTime({ schedule, ...times, nextCron: nextCronTime });
    return next === null ? null : new Date(next).toISOString();
  }

  const upcoming = (
    schedule: RotationSchedule,
    first: number,
    { until = Number.POSITIVE_INFINITY, limit }: { readonly until?: number; readonly limit: number },
  ): readonly number[] =>
    upcomingTimes({ ...{ schedule, first, until, limit }, now: clock.now(), nextCron: nextCronTime });

  function remind(setup: RotationSetup, credential: CredentialRecord): void {
    const at = new Date(clock.now()).toISOString();
    registry.transaction(() => {
      rotations.putSetup({ ...setup, remindedAt: at });
      const detail = { label: credential.label, provider: credential.provider, storedAt: credential.rotatedAt };
      registry.audit.append({ event: 'rotation-due', actor: 'system', subject: credential.id, detail }, clock.now());
    });
    onChange();
  }

  return {
    setupOf,
    ended({ credentialId, state }) {
      const setup = rotations.setup(credentialId);
      const credential = registry.credentials.find(credentialId);
      if (setup === null || credential === null || setup.schedule === null) return;
      const next = nextAt(setup.schedule, credential.rotatedAt);
      const retry = new Date(firstAllowedTime(clock.now() + afterFailureMs, setup.schedule.hours)).toISOString();
      const isTooSoon = state !== 'done' && next !== null && next < retry;
      rotations.putSetup({ ...setup, nextAt: isTooSoon ? retry : next, remindedAt: null });
    },
    look() {
      for (const setup of rotations.setups()) {
        const credential = registry.credentials.find(setup.credentialId);
        if (credential === null) continue;
        const automatic = connectors.methodOf(credential) === 'automatic';
        const underWay = rotations.open(credential.id) !== null;
        const plan = planRotation({ setup, automatic, underWay, now: clock.now() });
        if (plan === 'start') engine.begin(credential, { trigger: 'schedule' }, 'system');
        else if (plan === 'remind') remind(setup, credential);
      }
    },
    schedule(credential, schedule, actor) {
      if (schedule?.kind === 'cron') checkCron(schedule.expression, clock.now());
      const next = nextAt(schedule, credential.rotatedAt);
      return put({ ...setupOf(credential.id), schedule, nextAt: next, remindedAt: null }, actor, { schedule });
    },
    connect(credential, { adminKeyId, parameters }, actor) {
      const setup = setupOf(credential.id);
      const changes = {
        ...(adminKeyId === undefined ? {} : { adminKeyId }),
        ...(parameters === undefined ? {} : { parameters: { ...setup.parameters, ...parameters } }),
      };
      put({ ...setup, ...changes }, actor, changes);
    },
    preview(credential, schedule) {
      if (schedule.kind === 'cron') checkCron(schedule.expression, clock.now());
      const times = { storedAt: Date.parse(credential.rotatedAt), after: clock.now(), jitter: 0 };
      const first = nextRotationTime({ schedule, ...times, nextCron: nextCronTime });
      return first === null ? [] : upcoming(schedule, first, { limit: previewTimes }).map(toIso);
    },
    calendar(until) {
      return rotations
        .setups()
        .filter(({ credentialId, paused }) => !paused && registry.credentials.find(credentialId) !== null)
        .flatMap(({ credentialId, schedule, nextAt: first }) =>
          schedule === null || first === null
            ? []
            : upcoming(schedule, Date.parse(first), { until, limit: mostPlanned }).map((at, index) => ({
                ...{ credentialId, at: toIso(at), sure: index === 0 },
              })),
        )
        .sort((one, other) => one.at.localeCompare(other.at));
    },
    pause(credential, paused, actor) {
      put({ ...setupOf(credential.id), paused }, actor, { paused });
    },
  };
}
