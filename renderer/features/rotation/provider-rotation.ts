import type { Rotation, RotationStepName, RotationSupport } from '#shared/model/rotation.ts';
import { guidedSupport } from '#shared/policy/guided-rotation.ts';
import { firstStepBack, forwardSteps, type RotationFeatures } from '#shared/policy/rotation-step.ts';
import { findProvider } from '#shared/provider/index.ts';

/** What can be done through the provider's API, if only to end keys that a person made; undefined where it has none. */
export function rotationSupport(provider: string): RotationSupport | undefined {
  const known = findProvider(provider);
  if (known?.rotation !== undefined) return known.rotation;
  return known?.guide?.api === undefined ? undefined : guidedSupport(known);
}

const byHand: RotationFeatures = { overlap: 'full', disable: 'none' };

function featuresOf({ provider, guided }: Rotation): RotationFeatures {
  const known = findProvider(provider);
  if (known === undefined) return byHand;
  return guided === true || known.rotation === undefined ? guidedSupport(known) : known.rotation;
}

/** Whether there is a way back to the old key. */
export function canRollBack(rotation: Rotation): boolean {
  return rotation.endedAt === null && firstStepBack(rotation, featuresOf(rotation)) !== null;
}

/** The steps of a change that goes well, in order. */
export function stepsOf(rotation: Rotation): readonly RotationStepName[] {
  return forwardSteps(featuresOf(rotation));
}
