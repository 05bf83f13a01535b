import { type Rotation, rotationSteps } from '../model/rotation.ts';
import { keyLeftAlive, personTask } from './guided-rotation.ts';

/** What a person must know of a rotation, one sentence each. */
export interface RotationWords {
  /** Where it stands. */
  readonly state: string;
  /** Which key serves now. */
  readonly serving: string;
  /** What else lives at the provider; empty when nothing does. */
  readonly living: string;
  /** What to do; empty when there is nothing to do. */
  readonly advice: string;
}

/** Says what is true now and what to do, from nothing but the rotation. */
export function describeRotation(rotation: Rotation): RotationWords {
  const newServes = servesNew(rotation);
  const serving = newServes ? rotation.newKey : rotation.oldKey;
  const other = newServes ? rotation.oldKey : rotation.newKey;
  const otherName = newServes ? 'old' : 'new';
  return {
    state: stateWords(rotation),
    serving:
      serving.state === 'revoked'
        ? 'No key of it serves.'
        : `The ${newServes ? 'new' : 'old'} key ${serving.fingerprint ?? ''} serves.`,
    living: livingWords(otherName, other),
    advice: adviceFor(rotation),
  };
}

/** Whether the credential points to the new key. */
function servesNew({ direction, step, state }: Rotation): boolean {
  if (state === 'done') return true;
  if (direction === 'back') return step === 'enable' || step === 'restore';
  return step === 'drain' || step === 'disable' || step === 'revoke';
}

function stateWords(rotation: Rotation): string {
  const { state, step, waitingFor, problem } = rotation;
  if (personTask(rotation) !== null) return `Waiting for ${waitingFor ?? 'a person'}.`;
  const what = rotationSteps[step].toLowerCase();
  switch (state) {
    case 'running':
      return waitingFor === null ? `Now: ${what}.` : `Now: ${what}. It waits for ${waitingFor.replace(/\.$/, '')}.`;
    case 'stopped':
      return `Stopped at: ${what}. ${problem?.message ?? ''}`.trim();
    case 'done':
      return 'Done.';
    case 'failed':
      return `Given up. ${problem?.message ?? ''}`.trim();
    case 'rolled-back':
      return 'Rolled back.';
  }
}

function livingWords(which: string, { state, fingerprint }: Rotation['oldKey']): string {
  const name = `The ${which} key${fingerprint === null ? '' : ` ${fingerprint}`}`;
  switch (state) {
    case 'living':
      return `${name} still lives.`;
    case 'disabled':
      return `${name} is disabled.`;
    case 'unknown':
      return `${name} may have been made.`;
    default:
      return '';
  }
}

function adviceFor(rotation: Rotation): string {
  const { state, id, credentialId, problem } = rotation;
  const own = rotation.guided === true ? guidedAdvice(rotation) : null;
  if (own !== null) return own;
  if (problem?.code === 'new_key_lost') return 'Make a new key at the provider and store it with: toll key add';
  if (state === 'failed') return `Nothing has to be done; try again with: toll key rotate ${credentialId}`;
  if (state !== 'stopped') return '';
  switch (problem?.code) {
    case 'old_key_in_use':
      return `Find what else uses the old key, then: toll rotation continue ${id}. To end that key anyway, add --force.`;
    case 'calls_still_running':
      return `Wait for them again: toll rotation continue ${id}. To go on without them, which may cut them, add --force. Or go back: toll rotation roll-back ${id}`;
    case 'old_key_unknown':
      return `Delete the old key in the provider’s console, then: toll rotation continue ${id}`;
    default:
      return `When the cause is gone: toll rotation continue ${id}. Or go back: toll rotation roll-back ${id}`;
  }
}

/** What only a person can do, because the provider's API can't. */
function guidedAdvice(rotation: Rotation): string | null {
  const { id } = rotation;
  switch (personTask(rotation)) {
    case 'give-new-key':
      return `Make one at the provider, then: toll rotation provide ${id}`;
    case 'end-old-key':
      return `Delete it there, then: toll rotation check ${id}. To let it live: toll rotation continue ${id} --force`;
    case null:
      break;
  }
  const left = keyLeftAlive(rotation);
  if (left === null) return null;
  return `Delete the ${left.which} key ${left.fingerprint ?? ''} at the provider: nothing here uses it.`;
}
