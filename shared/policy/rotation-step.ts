import type { Rotation, RotationStepName, RotationSupport } from '../model/rotation.ts';

/** What a rotation does next. */
export interface RotationMove {
  readonly direction: Rotation['direction'];
  readonly step: RotationStepName;
}

/** What the way of a rotation depends on. */
export type RotationFeatures = Pick<RotationSupport, 'overlap' | 'disable'>;

/** The steps of a rotation of this kind that goes well, in order. */
export function forwardSteps({ overlap, disable }: RotationFeatures): readonly RotationStepName[] {
  if (overlap === 'none') return ['plan', 'create', 'promote', 'verify'];
  const ending: readonly RotationStepName[] = disable === 'none' ? ['revoke'] : ['disable', 'revoke'];
  return ['plan', 'create', 'verify', 'canary', 'promote', 'drain', ...ending];
}

/** The step after this one; null when the rotation is over. */
export function moveAfter({ direction, step }: RotationMove, features: RotationFeatures): RotationMove | null {
  const steps = direction === 'forward' ? forwardSteps(features) : backSteps;
  const next = steps[steps.indexOf(step) + 1];
  return next === undefined ? null : { direction, step: next };
}

const backSteps: readonly RotationStepName[] = ['enable', 'restore', 'settle', 'discard'];

/**
 * The first step back; null when there is no way back. While the credential still has its old version only the new key has to
 * go; afterwards the old one is put back first, brought to life where it was disabled.
 */
export function firstStepBack(
  rotation: Pick<Rotation, 'step' | 'direction' | 'oldKey' | 'newKey'>,
  features: RotationFeatures,
): RotationMove | null {
  if (rotation.direction === 'back' || rotation.oldKey.state === 'revoked') return null;
  if (features.overlap === 'none') return rotation.newKey.state === 'absent' ? back('discard') : null;
  switch (rotation.step) {
    case 'plan':
    case 'create':
    case 'verify':
      return back('discard');
    case 'canary':
      return back('settle');
    case 'promote':
    case 'drain':
      return back('restore');
    case 'disable':
      return disabledStepBack(rotation, features);
    case 'revoke':
      return rotation.oldKey.state === 'disabled' ? disabledStepBack(rotation, features) : back('restore');
    default:
      return null;
  }
}

/** At the step `disable` the effect may be there already, so the old key is enabled in any case. */
function disabledStepBack({ oldKey }: Pick<Rotation, 'oldKey'>, { disable }: RotationFeatures): RotationMove | null {
  if (disable === 'reversible') return back('enable');
  return disable === 'final' && oldKey.state === 'disabled' ? null : back('restore');
}

function back(step: RotationStepName): RotationMove {
  return { direction: 'back', step };
}

/** Whether the new key can still be given up without harm when a step forward fails for good: before it serves. */
export function isBeforePromotion({ direction, step }: RotationMove): boolean {
  return direction === 'forward' && (step === 'plan' || step === 'create' || step === 'verify' || step === 'canary');
}

/** Attempts after which a person is asked, or the way back is taken. */
export const mostFailures = 8;

const delaysMs = [1_000, 5_000, 30_000, 120_000, 600_000, 1_800_000] as const;

/** Milliseconds until the next attempt after so many failures, and not before the provider wants to be asked again. */
export function retryDelayMs(failures: number, retryAfterMs: number | null): number {
  const own = delaysMs[Math.min(failures, delaysMs.length) - 1] ?? delaysMs[0];
  return Math.min(Math.max(own, retryAfterMs ?? 0), 24 * 60 * 60 * 1_000);
}
