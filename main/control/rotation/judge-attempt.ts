import type { RotationRecord } from '#main/store/registry/rotation-records.ts';
import type { Clock } from '#shared/model/clock.ts';
import { type ErrorCode, TollkeeperError } from '#shared/model/error.ts';
import type { RotationProblem } from '#shared/model/rotation.ts';
import {
  firstStepBack,
  isBeforePromotion,
  mostFailures,
  moveAfter,
  type RotationFeatures,
  retryDelayMs,
} from '#shared/policy/rotation-step.ts';
import type { RotationJournal } from './rotation-journal.ts';
import type { StepResult } from './step/step.ts';

/** An attempt that failed and is repeated. */
export interface Retry {
  readonly kind: 'retry';
  readonly afterMs: number;
  readonly problem: RotationProblem;
}

/** How an attempt at a step ended. */
export type AttemptResult = StepResult | Retry;

/** How often a locked keychain is tried, in milliseconds. */
const vaultEveryMs = 10_000;

const vaultCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['vault_locked', 'vault_unavailable']);

/** What only the owner can change, by being there. */
const ownerCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['presence_required', 'unsupported_platform']);

/** What may go better when it is tried again. */
const passingCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'provider_busy',
  'provider_outcome_unknown',
  'upstream_unreachable',
  'upstream_timeout',
  'storage_unavailable',
  'gateway_starting',
]);

/** Decides what becomes of an attempt that rejected. An error that no connector should throw counts as an unknown outcome. */
export function judgeFailure(error: unknown, rotation: RotationRecord): AttemptResult {
  const known =
    error instanceof TollkeeperError
      ? error
      : new TollkeeperError('provider_outcome_unknown', undefined, { cause: error });
  if (vaultCodes.has(known.code)) return { kind: 'again', afterMs: vaultEveryMs, waitingFor: 'the keychain' };
  const problem = { code: known.code, message: known.message };
  const failures = rotation.failures + 1;
  if (passingCodes.has(known.code) && failures < mostFailures)
    return { kind: 'retry', afterMs: retryDelayMs(failures, retryAfterOf(known)), problem };
  if (ownerCodes.has(known.code)) return { kind: 'stop', problem };
  if (isBeforePromotion(rotation)) return { kind: 'back', problem };
  const isReturn = rotation.step === 'enable' || rotation.step === 'restore';
  if (isReturn && known.code === 'provider_refused')
    return { kind: 'forward', step: 'revoke', message: `There is no way back: ${known.message}` };
  return { kind: 'stop', problem };
}

function retryAfterOf({ details }: TollkeeperError): number | null {
  return typeof details.retryAfterMs === 'number' ? details.retryAfterMs : null;
}

/** What a result is written into. */
export interface Attempt {
  readonly rotation: RotationRecord;
  readonly sequence: number;
  readonly journal: RotationJournal;
  readonly clock: Clock;
  /** Null when the credential is gone. */
  readonly features: RotationFeatures | null;
}

/** Writes the end of an attempt and where the rotation is then. To be called in a transaction. */
export function takeResult(result: AttemptResult, attempt: Attempt): void {
  const { rotation, sequence, journal, clock, features } = attempt;
  const { id } = rotation;
  switch (result.kind) {
    case 'done': {
      result.commit?.();
      journal.stepEnds(id, sequence, { outcome: 'done', message: result.message ?? null });
      const next = features === null ? null : moveAfter(rotation, features);
      if (next !== null) journal.moves(id, next, { ...result.changes, problem: rotation.problem });
      else journal.ends(id, endOf(rotation), result.changes ?? {});
      return;
    }
    case 'again':
      journal.stepEnds(id, sequence, { outcome: 'again', message: null });
      journal.waits(id, clock.now() + result.afterMs, { waitingFor: result.waitingFor });
      return;
    case 'ask':
      journal.stepEnds(id, sequence, { outcome: 'again', message: null });
      journal.asks(id, result.waitingFor);
      return;
    case 'retry':
      journal.stepEnds(id, sequence, { outcome: 'failed', message: result.problem.message });
      journal.waits(id, clock.now() + result.afterMs, {
        ...{ failures: rotation.failures + 1, waitingFor: `the next attempt: ${result.problem.message}` },
      });
      return;
    case 'back': {
      journal.stepEnds(id, sequence, { outcome: 'failed', message: result.problem.message });
      const move = features === null ? null : firstStepBack(rotation, features);
      if (move === null) journal.stops(id, result.problem);
      else journal.moves(id, move, { problem: result.problem });
      return;
    }
    case 'stop':
      journal.stepEnds(id, sequence, { outcome: 'failed', message: result.problem.message });
      journal.stops(id, result.problem);
      return;
    case 'fail':
      journal.stepEnds(id, sequence, { outcome: 'failed', message: result.problem.message });
      journal.ends(id, 'failed', { problem: result.problem });
      return;
    case 'forward':
      journal.stepEnds(id, sequence, { outcome: 'failed', message: result.message });
      journal.moves(id, { direction: 'forward', step: result.step }, { problem: null });
      return;
  }
}

/** What a rotation is when its last step is done: one without a problem went back because a person wanted that. */
function endOf({ direction, problem }: RotationRecord): 'done' | 'failed' | 'rolled-back' {
  if (direction === 'forward') return 'done';
  return problem === null ? 'rolled-back' : 'failed';
}
