import type { IpcOperation } from '#shared/contract/ipc.ts';
import type { OperationArguments, OperationInput, OperationOutput } from '#shared/contract/operations.ts';
import { operations } from '#shared/contract/operations.ts';
import type { ChangeTopic } from '#shared/contract/status.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import {
  type AdminKey,
  type OrphanKey,
  type Rotation,
  type RotationOverview,
  type RotationSchedule,
  type RotationSetup,
  type RotationStep,
  rotationScheduleSchema,
} from '#shared/model/rotation.ts';
import { upcomingTimes } from '#shared/policy/plan-rotation.ts';
import { before, fakeCredentials } from './window-data.ts';
import { createGuidedStandIn } from './window-guided.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

type RotationWithSteps = OperationOutput<'rotation.history'>[number];

/** A change of the key `Work` that went well, or what it is changed into. */
export function fakeRotation(now: number, changes: Partial<Rotation> = {}): Rotation {
  const startedAt = before(now, 12 * day + 4 * minute);
  return {
    ...{ id: 'rot_done', credentialId: 'cred_openai', provider: 'openai', label: 'Work', trigger: 'schedule' },
    ...{ state: 'done', direction: 'forward', step: 'revoke', failures: 0, keyName: 'tollkeeper-cred_openai-2' },
    oldKey: {
      ...{ version: 1, keyId: 'key_1', fingerprint: '\u20265b1c', state: 'revoked' },
      storedAt: before(now, 42 * day),
    },
    newKey: { version: 2, keyId: 'key_2', fingerprint: '\u20267f3a', state: 'living', storedAt: startedAt },
    ...{ startedAt, stepSince: before(now, 12 * day), endedAt: before(now, 12 * day) },
    ...{ resumeAt: null, waitingFor: null, problem: null },
    ...changes,
  };
}

type StepLine = readonly [
  step: RotationStep['step'],
  seconds: number,
  outcome?: RotationStep['outcome'],
  message?: string,
];

function withSteps(rotation: Rotation, lines: readonly StepLine[]): RotationWithSteps {
  let at = Date.parse(rotation.startedAt);
  const steps = lines.map(([step, seconds, outcome = 'done', message = null], index): RotationStep => {
    const begunAt = new Date(at).toISOString();
    at += seconds * second;
    return {
      ...{ sequence: index + 1, step, begunAt, outcome, message },
      endedAt: outcome === 'begun' ? null : new Date(at).toISOString(),
    };
  });
  return { ...rotation, steps };
}

const wholeWay: readonly StepLine[] = [
  ['plan', 1],
  ['create', 2],
  ['verify', 31, 'again', 'The provider does not know the new key yet.'],
  ['verify', 1],
  ['canary', 60, 'done', '14 calls went well with the new key.'],
  ['promote', 1],
  ['drain', 140],
  ['revoke', 1],
];

function runningRotation(now: number): RotationWithSteps {
  const startedAt = before(now, 95 * second);
  const rotation = fakeRotation(now, {
    ...{ id: 'rot_running', trigger: 'person', state: 'running', step: 'canary' },
    oldKey: {
      ...{ version: 2, keyId: 'key_2', fingerprint: '\u20267f3a', state: 'living' },
      storedAt: before(now, 12 * day),
    },
    newKey: { version: 3, keyId: 'key_3', fingerprint: '\u202691d0', state: 'living', storedAt: startedAt },
    ...{ startedAt, stepSince: before(now, 25 * second), endedAt: null },
  });
  return withSteps(rotation, [
    ['plan', 1],
    ['create', 2],
    ['verify', 1],
    ['canary', 25, 'begun'],
  ]);
}

function stoppedRotation(now: number): RotationWithSteps {
  const startedAt = before(now, 3 * hour);
  const message = 'The old key is still used by something other than Tollkeeper, so it was left alone.';
  const rotation = fakeRotation(now, {
    ...{ id: 'rot_stopped', credentialId: 'cred_private', label: 'Private', state: 'stopped', step: 'drain' },
    oldKey: {
      ...{ version: 1, keyId: 'key_p1', fingerprint: '\u202640aa', state: 'living' },
      storedAt: before(now, 26 * day),
    },
    newKey: { version: 2, keyId: 'key_p2', fingerprint: '\u2026e11b', state: 'living', storedAt: startedAt },
    ...{ startedAt, stepSince: before(now, 2.9 * hour), endedAt: null, problem: { code: 'old_key_in_use', message } },
  });
  return withSteps(rotation, [
    ['plan', 1],
    ['create', 1],
    ['verify', 1],
    ['canary', 60],
    ['promote', 1],
    ['drain', 3_600, 'failed', message],
  ]);
}

function failedRotation(now: number): RotationWithSteps {
  const message = 'The provider refused the new key eight times.';
  const endedAt = before(now, 5 * hour - 8 * minute);
  const rotation = fakeRotation(now, {
    ...{ id: 'rot_failed', credentialId: 'cred_gemini', provider: 'gemini', label: 'Gemini' },
    ...{ state: 'failed', direction: 'back', step: 'discard', endedAt, stepSince: endedAt },
    startedAt: before(now, 5 * hour),
    oldKey: {
      ...{ version: 4, keyId: 'key_g4', fingerprint: '\u2026aa92', state: 'living' },
      storedAt: before(now, 31 * day),
    },
    newKey: {
      version: 5,
      keyId: 'key_g5',
      fingerprint: '\u2026c7d1',
      state: 'revoked',
      storedAt: before(now, 5 * hour),
    },
    problem: { code: 'key_rejected', message },
  });
  return withSteps(rotation, [
    ['plan', 1],
    ['create', 2],
    ['verify', 240, 'again', 'The provider does not know the new key yet.'],
    ['verify', 235, 'failed', message],
    ['discard', 2],
  ]);
}

/** A running change in its canary, a stopped one, a failed one, a finished one, and one that a person took back. */
export function fakeHistory(now: number): readonly RotationWithSteps[] {
  const back = fakeRotation(now, {
    ...{ id: 'rot_back', state: 'rolled-back', direction: 'back', step: 'discard', trigger: 'person' },
    oldKey: {
      ...{ version: 1, keyId: 'key_1', fingerprint: '\u20265b1c', state: 'living' },
      storedAt: before(now, 42 * day),
    },
    newKey: {
      version: 2,
      keyId: 'key_x',
      fingerprint: '\u202611f9',
      state: 'revoked',
      storedAt: before(now, 15 * day),
    },
    ...{ startedAt: before(now, 15 * day), endedAt: before(now, 15 * day - 20 * minute) },
  });
  return [
    runningRotation(now),
    stoppedRotation(now),
    failedRotation(now),
    withSteps(fakeRotation(now), wholeWay),
    withSteps(back, [
      ['plan', 1],
      ['create', 2],
      ['verify', 1],
      ['canary', 60],
      ['promote', 1],
      ['restore', 1],
      ['settle', 40],
      ['discard', 1],
    ]),
  ];
}

function schedule(value: Parameters<typeof rotationScheduleSchema.parse>[0]): RotationSchedule {
  return rotationScheduleSchema.parse(value);
}

/** How each stand-in key is changed: one of every kind. */
export function fakeOverviews(now: number): readonly RotationOverview[] {
  const history = fakeHistory(now);
  const plans: Readonly<Record<string, Partial<RotationSetup> & { method: RotationOverview['method'] }>> = {
    cred_openai: {
      ...{ method: 'automatic', adminKeyId: 'adm_openai', parameters: { project: 'proj_site' } },
      schedule: schedule({ kind: 'every', days: 30, hours: { from: 9, to: 17 } }),
    },
    cred_anthropic: {
      method: 'by-hand',
      schedule: schedule({ kind: 'every', days: 90 }),
      remindedAt: before(now, hour),
    },
    cred_gemini: {
      method: 'automatic',
      schedule: schedule({ kind: 'cron', expression: '0 4 1 * *', jitterMinutes: 30 }),
    },
    cred_private: {
      ...{ method: 'automatic', adminKeyId: 'adm_openai', parameters: { project: 'proj_private' } },
      schedule: schedule({ kind: 'every', days: 14, hours: { from: 22, to: 6 }, jitterMinutes: 45 }),
    },
    cred_mistral: { method: 'by-hand' },
    cred_openrouter: { method: 'not-connected', schedule: schedule({ kind: 'every', days: 60 }), paused: true },
  };
  const nextDays: Readonly<Record<string, number>> = {
    cred_openai: 18,
    cred_anthropic: -1,
    cred_gemini: 9,
    cred_private: 2,
  };
  return fakeCredentials(now).map(({ id, provider, label, fingerprint, rotatedAt }): RotationOverview => {
    const { method = 'by-hand', ...setup } = plans[id] ?? {};
    const own = history.filter(({ credentialId }) => credentialId === id);
    const strip = ({ steps: _steps, ...rotation }: RotationWithSteps): Rotation => rotation;
    const current = own.find(({ endedAt }) => endedAt === null);
    const last = own.find(({ endedAt }) => endedAt !== null);
    const next = nextDays[id];
    return {
      ...{ credentialId: id, provider, label, fingerprint, storedAt: rotatedAt, method },
      ageDays: Math.floor((now - Date.parse(rotatedAt)) / day),
      setup: {
        ...{ credentialId: id, adminKeyId: null, parameters: {}, schedule: null, paused: false, remindedAt: null },
        nextAt: next === undefined ? null : before(now, -next * day),
        ...setup,
      },
      due: next !== undefined && next < 0,
      current: current === undefined ? null : strip(current),
      last: last === undefined ? null : strip(last),
    };
  });
}

const fakeAdminKeys = (now: number): readonly AdminKey[] => [
  {
    ...{ id: 'adm_openai', provider: 'openai', label: 'Example organisation', fingerprint: '\u2026d90e' },
    createdAt: before(now, 40 * day),
  },
];

const fakeOrphans = (now: number): readonly OrphanKey[] => [
  {
    ...{ credentialId: 'cred_openai', provider: 'openai', keyId: 'key_lost', name: 'tollkeeper-cred_openai-1' },
    ...{ createdAt: before(now, 43 * day), lastUsedAt: null },
  },
];

type RotationOperation = Extract<IpcOperation, `rotation.${string}` | `adminKey.${string}`>;
type RotationHandlers = { [N in RotationOperation]?: (input: OperationInput<N>) => OperationOutput<N> };

function parse<N extends RotationOperation>(name: N, input: OperationInput<N>): OperationArguments<N> {
  return operations[name].input.parse(input) as OperationArguments<N>;
}

/** The first of every month at four stands for every cron expression, and `soon` for a wrong one. */
function nextCron(expression: string, after: number): number {
  if (expression.split(' ').length !== 5)
    throw new TollkeeperError('invalid_request', `${JSON.stringify(expression)} is no cron expression.`);
  const at = new Date(after);
  return new Date(at.getFullYear(), at.getMonth() + 1, 1, 4).getTime();
}

/** Rotations, schedules and admin keys that can be looked at and changed. */
export function createRotationHandlers(
  { mode, now }: { readonly mode: 'full' | 'empty'; readonly now: number },
  changed: (...topics: readonly ChangeTopic[]) => void,
): RotationHandlers {
  let overviews = mode === 'full' ? fakeOverviews(now) : [];
  let history = mode === 'full' ? fakeHistory(now) : [];
  let adminKeys = mode === 'full' ? fakeAdminKeys(now) : [];
  let orphans = mode === 'full' ? fakeOrphans(now) : [];
  const overviewOf = (credentialId: string): RotationOverview => {
    const overview = overviews.find((each) => each.credentialId === credentialId);
    if (overview === undefined) throw new TollkeeperError('not_found');
    return overview;
  };
  const put = (overview: RotationOverview): RotationOverview => {
    overviews = overviews.map((each) => (each.credentialId === overview.credentialId ? overview : each));
    changed('rotations');
    return overview;
  };
  const putRotation = (rotation: RotationWithSteps): Rotation => {
    history = [rotation, ...history.filter(({ id }) => id !== rotation.id)];
    const isOpen = rotation.endedAt === null;
    const overview = overviewOf(rotation.credentialId);
    put({ ...overview, current: isOpen ? rotation : null, last: isOpen ? overview.last : rotation, due: false });
    return rotation;
  };
  const rotationOf = (id: string): RotationWithSteps => {
    const rotation = history.find((each) => each.id === id);
    if (rotation === undefined) throw new TollkeeperError('not_found');
    return rotation;
  };
  const byHand = createGuidedStandIn({ now, overviewOf, rotationOf, putRotation });
  const timesOf = (
    plan: RotationSchedule,
    first: number,
    limits: { until: number; limit: number },
  ): readonly number[] => upcomingTimes({ schedule: plan, first, now, ...limits, nextCron });
  const firstOf = (plan: RotationSchedule, storedAt: string): number =>
    plan.kind === 'every' ? Date.parse(storedAt) + plan.days * day : nextCron(plan.expression, now);
  return {
    'rotation.list': () => [...overviews],
    'rotation.history': ({ credentialId, limit }) =>
      history.filter((each) => credentialId === undefined || each.credentialId === credentialId).slice(0, limit),
    'rotation.calendar': ({ until }) =>
      overviews
        .flatMap(({ credentialId, setup }) =>
          setup.schedule === null || setup.nextAt === null || setup.paused
            ? []
            : timesOf(setup.schedule, Date.parse(setup.nextAt), { until: Date.parse(until), limit: 100 }).map(
                (at, index) => ({ credentialId, at: new Date(at).toISOString(), sure: index === 0 }),
              ),
        )
        .sort((one, other) => one.at.localeCompare(other.at)),
    'rotation.preview': (input) => {
      const { credentialId, schedule: plan } = parse('rotation.preview', input);
      const first = firstOf(plan, overviewOf(credentialId).storedAt);
      const times = timesOf(plan, first, { until: Number.POSITIVE_INFINITY, limit: 3 });
      return { times: times.map((at) => new Date(at).toISOString()) };
    },
    'rotation.schedule': (input) => {
      const { credentialId, schedule: plan } = parse('rotation.schedule', input);
      const overview = overviewOf(credentialId);
      const nextAt = plan === null ? null : new Date(firstOf(plan, overview.storedAt)).toISOString();
      return put({ ...overview, setup: { ...overview.setup, schedule: plan, nextAt }, due: false });
    },
    'rotation.pause': ({ credentialId, paused }) => {
      const overview = overviewOf(credentialId);
      return put({ ...overview, setup: { ...overview.setup, paused } });
    },
    'rotation.connect': ({ credentialId, adminKeyId, parameters }) => {
      const overview = overviewOf(credentialId);
      const setup = { ...overview.setup, adminKeyId: adminKeyId ?? null, parameters: parameters ?? {} };
      return put({ ...overview, setup, method: 'automatic' });
    },
    'rotation.start': ({ credentialId, guided = overviewOf(credentialId).method === 'by-hand' }) =>
      guided
        ? byHand.start(credentialId)
        : putRotation({ ...runningRotation(now), id: `rot_${history.length + 1}`, credentialId }),
    'rotation.provide': (input) => byHand.provide(input),
    'rotation.continue': (input) => {
      const rotation = rotationOf(input.id);
      return rotation.guided === true
        ? byHand.proceed(input)
        : putRotation({ ...rotation, state: 'running', problem: null });
    },
    'rotation.rollBack': ({ id }) =>
      putRotation({ ...rotationOf(id), state: 'running', direction: 'back', step: 'restore', problem: null }),
    'rotation.orphans': () => ({ orphans: [...orphans], unreachable: [] }),
    'rotation.removeOrphan': ({ keyId }) => {
      orphans = orphans.filter((orphan) => orphan.keyId !== keyId);
      return {};
    },
    'adminKey.list': () => [...adminKeys],
    'adminKey.add': ({ provider, label }) => {
      const id = `adm_${adminKeys.length + 1}`;
      const key: AdminKey = {
        id,
        provider,
        label: label ?? provider,
        fingerprint: '\u2026ab12',
        createdAt: before(now, 0),
      };
      adminKeys = [...adminKeys, key];
      changed('rotations');
      return key;
    },
    'adminKey.remove': ({ id }) => {
      adminKeys = adminKeys.filter((key) => key.id !== id);
      changed('rotations');
      return {};
    },
  };
}
