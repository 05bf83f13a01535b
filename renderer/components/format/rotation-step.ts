import type { RotationStepName } from '#shared/model/rotation.ts';

/** The steps of a key's change in a word or two each, for a line of them. */
export const shortSteps: Readonly<Record<RotationStepName, string>> = {
  plan: 'Plan',
  create: 'Create',
  verify: 'Try',
  canary: 'Canary',
  promote: 'Switch',
  drain: 'Drain',
  disable: 'Disable',
  revoke: 'Revoke',
  enable: 'Enable',
  restore: 'Switch back',
  settle: 'Drain',
  discard: 'Discard',
};
