import type { OperationInput, OperationOutput } from '#shared/contract/operations.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Rotation, RotationOverview } from '#shared/model/rotation.ts';
import { isOldKeyStillWorking, waitingForDeletion } from '#shared/policy/guided-rotation.ts';

type RotationWithSteps = OperationOutput<'rotation.history'>[number];

/** What the stand-in works on. */
export interface GuidedStandInOptions {
  readonly now: number;
  overviewOf(credentialId: string): RotationOverview;
  rotationOf(id: string): RotationWithSteps;
  putRotation(rotation: RotationWithSteps): Rotation;
}

/** Changes in which a person makes the key, as a window sees them; every part lasts for a moment so that it can be looked at. */
export interface GuidedStandIn {
  start(credentialId: string): Rotation;
  /** Refuses what begins with `old`. */
  provide(input: OperationInput<'rotation.provide'>): OperationOutput<'rotation.provide'>;
  /** Finds the old key alive the first time. */
  proceed(input: OperationInput<'rotation.continue'>): Rotation;
}

const momentMs = 1_500;

/** Makes the stand-in. */
export function createGuidedStandIn({ now, overviewOf, rotationOf, putRotation }: GuidedStandInOptions): GuidedStandIn {
  const at = new Date(now).toISOString();
  const later = (id: string, changes: Partial<Rotation>, after: number): void => {
    setTimeout(() => putRotation({ ...rotationOf(id), ...changes }), after);
  };
  return {
    start(credentialId) {
      const { provider, label, fingerprint, storedAt } = overviewOf(credentialId);
      return putRotation({
        ...{ id: `rot_${credentialId}`, credentialId, provider, label, trigger: 'person', guided: true },
        ...{ state: 'stopped', direction: 'forward', step: 'create', failures: 0, keyName: '', steps: [] },
        oldKey: { version: 1, keyId: null, fingerprint, state: 'living', storedAt },
        newKey: { version: 2, keyId: null, fingerprint: null, state: 'absent', storedAt: null },
        ...{ startedAt: at, stepSince: at, endedAt: null, resumeAt: null, waitingFor: 'the new key', problem: null },
      });
    },
    provide({ id, secret }) {
      if (secret.startsWith('old')) throw new TollkeeperError('key_unchanged');
      const { newKey, ...before } = rotationOf(id);
      const rotation = putRotation({
        ...{ ...before, state: 'running', step: 'canary', waitingFor: null },
        newKey: { ...newKey, state: 'living', fingerprint: `\u2026${secret.slice(-4)}`, storedAt: at },
      });
      later(id, { step: 'drain', waitingFor: '2 running calls' }, momentMs);
      later(
        id,
        { state: 'stopped', step: 'revoke', waitingFor: waitingForDeletion('its provider', false) },
        2 * momentMs,
      );
      return { rotation, comparison: 'not-told', account: null };
    },
    proceed({ id, force }) {
      const rotation = rotationOf(id);
      const isSecond = isOldKeyStillWorking(rotation);
      const oldKey = { ...rotation.oldKey, state: force === true ? 'living' : 'revoked' } as const;
      const end = { state: 'done', oldKey, endedAt: at, waitingFor: null } as const;
      if (force === true) return putRotation({ ...rotation, ...end });
      const stays = { state: 'stopped', waitingFor: waitingForDeletion('its provider', true) } as const;
      later(id, isSecond ? end : stays, momentMs);
      return putRotation({ ...rotation, state: 'running', waitingFor: 'the provider to refuse the old key' });
    },
  };
}
