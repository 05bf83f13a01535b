import type { RotationStepName } from '#shared/model/rotation.ts';
import { canaryStep, promoteStep, restoreStep } from './change-traffic.ts';
import { disableStep, drainStep, revokeStep } from './end-old-key.ts';
import { discardStep, enableStep, settleStep } from './give-up-new-key.ts';
import { createStep, planStep, verifyStep } from './make-new-key.ts';
import type { PerformStep } from './step.ts';

/** What each step does. */
export const stepEffects: Readonly<Record<RotationStepName, PerformStep>> = {
  plan: planStep,
  create: createStep,
  verify: verifyStep,
  canary: canaryStep,
  promote: promoteStep,
  drain: drainStep,
  disable: disableStep,
  revoke: revokeStep,
  enable: enableStep,
  restore: restoreStep,
  settle: settleStep,
  discard: discardStep,
};
