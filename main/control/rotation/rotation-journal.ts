import type { Registry } from '#main/store/registry/registry.ts';
import type { RotationRecord } from '#main/store/registry/rotation-records.ts';
import type { Actor } from '#shared/model/access.ts';
import type { AuditEvent } from '#shared/model/audit.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { RotationProblem, RotationState, RotationStep } from '#shared/model/rotation.ts';
import type { RotationMove } from '#shared/policy/rotation-step.ts';
import type { SecretShelf } from '../credential/secret-shelf.ts';

/** Where every change of a rotation is written, together with its audit entry. */
export interface RotationJournal {
  begun(rotation: RotationRecord, actor: Actor): void;
  /** An attempt at the present step begins; waiting again at the same step adds no new entry. Returns its number. */
  stepBegins(rotation: RotationRecord): number;
  /** The attempt ended, whatever the rotation does then. */
  stepEnds(id: string, sequence: number, end: Pick<RotationStep, 'outcome' | 'message'>): void;
  /** The rotation goes on at another step. */
  moves(id: string, move: RotationMove, changes: Partial<RotationRecord>, actor?: Actor): void;
  /** The present step is attempted again at that time, in milliseconds since the epoch. */
  waits(id: string, until: number, changes: Partial<RotationRecord>): void;
  /** A person is waited for, and nothing is wrong. */
  asks(id: string, waitingFor: string): void;
  stops(id: string, problem: RotationProblem): void;
  /** It is over: the secret of the key that no longer serves is destroyed. */
  ends(id: string, state: Exclude<RotationState, 'running' | 'stopped'>, changes: Partial<RotationRecord>): void;
  /** An audit entry about the rotation's credential. */
  note(rotation: RotationRecord, event: AuditEvent, detail: Readonly<Record<string, unknown>>, actor?: Actor): void;
}

/** What a journal is made from. */
export interface RotationJournalOptions {
  readonly registry: Pick<Registry, 'credentials' | 'rotations' | 'vaultItems' | 'audit' | 'transaction'>;
  readonly shelf: SecretShelf;
  readonly clock: Clock;
  readonly onChange: () => void;
  /** Called in the transaction that ends a rotation. */
  readonly onEnded: (rotation: RotationRecord) => void;
}

/** Makes a journal. */
export function createRotationJournal(options: RotationJournalOptions): RotationJournal {
  const { registry, shelf, clock, onChange } = options;
  const { rotations } = registry;
  const timestamp = (): string => new Date(clock.now()).toISOString();

  const note: RotationJournal['note'] = (rotation, event, detail, actor = 'system') => {
    const whole = { rotationId: rotation.id, ...detail };
    registry.audit.append({ event, actor, subject: rotation.credentialId, detail: whole }, clock.now());
  };

  function write(work: () => void): void {
    registry.transaction(work);
    onChange();
  }

  return {
    note,
    begun(rotation, actor) {
      write(() => {
        rotations.insert(rotation);
        note(
          rotation,
          'rotation-started',
          { trigger: rotation.trigger, fingerprint: rotation.oldKey.fingerprint },
          actor,
        );
      });
    },
    stepBegins({ id, step }) {
      const last = rotations.steps(id).at(-1);
      if (last?.step === step && last.outcome === 'again') return last.sequence;
      return rotations.beginStep(id, { step, begunAt: timestamp() });
    },
    stepEnds(id, sequence, { outcome, message }) {
      rotations.endStep(id, sequence, { endedAt: timestamp(), outcome, message });
    },
    moves(id, { direction, step }, changes, actor) {
      write(() => {
        const before = rotations.find(id);
        const moved = rotations.update(id, {
          ...{ problem: null, forced: false, ...changes, state: 'running', direction, step },
          ...{ failures: 0, stepSince: timestamp(), resumeAt: null, waitingFor: null },
        });
        const detail = { step: before?.step, next: step };
        if (before?.direction === direction || moved.problem === null) note(moved, 'rotation-step', detail, actor);
        else note(moved, 'rotation-failed', { ...detail, ...truthOf(moved) }, actor);
      });
    },
    waits(id, until, changes) {
      write(() => rotations.update(id, { ...changes, resumeAt: new Date(until).toISOString() }));
    },
    asks(id, waitingFor) {
      write(() => {
        const asking = rotations.update(id, {
          ...{ state: 'stopped', problem: null, resumeAt: null, waitingFor, forced: false, failures: 0 },
        });
        note(asking, 'rotation-step', { step: asking.step, waitingFor });
      });
    },
    stops(id, problem) {
      write(() => {
        const stopped = rotations.update(id, {
          ...{ state: 'stopped', problem, resumeAt: null, waitingFor: null, forced: false },
        });
        note(stopped, 'rotation-failed', { step: stopped.step, ...truthOf(stopped) });
      });
    },
    ends(id, state, changes) {
      let dead: readonly string[] = [];
      write(() => {
        const ended = rotations.update(id, {
          ...{ ...changes, state, endedAt: timestamp(), resumeAt: null, waitingFor: null, forced: false },
        });
        const serving = registry.credentials.find(ended.credentialId)?.vaultItem ?? '';
        dead = [ended.oldItem, ended.newItem].filter((item) => item !== '' && item !== serving);
        for (const item of dead) {
          shelf.condemn(item);
          registry.vaultItems.forget(item);
        }
        options.onEnded(ended);
        note(ended, 'rotation-ended', { state, ...truthOf(ended) });
      });
      for (const item of dead) void shelf.destroy(item);
    },
  };
}

/** What is true now, for the audit log. */
function truthOf({ oldKey, newKey, problem }: RotationRecord): Readonly<Record<string, unknown>> {
  return {
    oldKey: { fingerprint: oldKey.fingerprint, state: oldKey.state },
    newKey: { fingerprint: newKey.fingerprint, state: newKey.state },
    ...(problem === null ? {} : { code: problem.code, message: problem.message }),
  };
}
