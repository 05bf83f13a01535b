import type { KeyGuide } from '#shared/model/provider.ts';
import type { Rotation, RotationStepName } from '#shared/model/rotation.ts';
import { keyGuideOf, keyLeftAlive, personTask } from '#shared/policy/guided-rotation.ts';
import { customDefinitionId, findProvider } from '#shared/provider/index.ts';

/** Where a guided change stands, as the dialog shows it. */
export type GuidedPhase =
  /** Not begun. */
  | 'intro'
  /** The present key is looked for at the provider. */
  | 'preparing'
  /** The person makes the new key. */
  | 'give-key'
  /** It goes on by itself. */
  | 'working'
  /** The provider's API ends the old key. */
  | 'ending'
  /** The person deletes the old key. */
  | 'end-key'
  /** The provider is asked whether it still takes the old key. */
  | 'checking'
  /** Something failed, or it is on its way back. */
  | 'troubled'
  | 'ended';

/** The phase of a change; null for one that has not begun. */
export function phaseOf(rotation: Rotation | null): GuidedPhase {
  if (rotation === null) return 'intro';
  if (rotation.endedAt !== null) return 'ended';
  const task = personTask(rotation);
  if (task !== null) return task === 'give-new-key' ? 'give-key' : 'end-key';
  if (rotation.state === 'stopped' || rotation.direction === 'back') return 'troubled';
  if (rotation.step === 'plan') return 'preparing';
  if (rotation.step === 'disable' || rotation.oldKey.state === 'disabled') return 'ending';
  return rotation.step === 'revoke' ? 'checking' : 'working';
}

/** How a person changes keys of this provider; the words for a server of one's own where it is none of the built-in ones. */
export function guideOf(provider: string): KeyGuide {
  const known = findProvider(provider) ?? findProvider(customDefinitionId);
  return known === undefined ? { page: null, create: [], remove: [] } : keyGuideOf(known);
}

/** The three parts that a person sees, and which of them it is at; 3 when all are behind. */
export function partOf(phase: GuidedPhase): number {
  switch (phase) {
    case 'intro':
    case 'preparing':
    case 'give-key':
      return 0;
    case 'working':
    case 'troubled':
      return 1;
    case 'ending':
    case 'end-key':
    case 'checking':
      return 2;
    case 'ended':
      return 3;
  }
}

/** What goes on between the two things that a person does, in order. */
export const workingSteps: readonly (readonly [step: RotationStepName, text: string])[] = [
  ['verify', 'Try the new key once more'],
  ['canary', 'Send a share of the calls with it'],
  ['promote', 'Send all calls with it'],
  ['drain', 'Wait until no call holds the old key'],
];

/** What is left to do once it failed or is over; empty when there is nothing. */
export function adviceForEnded(rotation: Rotation): string {
  const left = keyLeftAlive(rotation);
  return left === null
    ? ''
    : `Delete the ${left.which} key ${left.fingerprint ?? ''} at the provider: nothing here uses it.`;
}
