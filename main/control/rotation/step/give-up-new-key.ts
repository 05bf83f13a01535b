import { awaitCalls } from './await-calls.ts';
import { discardGivenKey } from './guided-key.ts';
import { newKeyHandle, oldKeyHandle, revokeNamesakes } from './key-access.ts';
import { type PerformStep, sinceStep } from './step.ts';

/** Longest wait for a key that may turn up late, in milliseconds. */
const mostLatenessMs = 60_000;

/** Brings the disabled old key back. */
export const enableStep: PerformStep = async (context) => {
  const { rotation, connector } = context;
  const old = oldKeyHandle(context);
  if (old !== null && connector.enable !== undefined) await connector.enable(old);
  return { kind: 'done', changes: { oldKey: { ...rotation.oldKey, state: 'living' } } };
};

/** Waits until no call holds the new key. */
export const settleStep: PerformStep = async (context) => {
  if (context.rotation.forced) return { kind: 'done', message: 'A person said to go on.' };
  return (await awaitCalls(context, 'new')) ?? { kind: 'done' };
};

/** Destroys the new key, and whatever bears its name. One that may have been made late is waited for, for a while. */
export const discardStep: PerformStep = async (context) => {
  const { rotation, connector, support, memory } = context;
  const { newKey } = rotation;
  if (rotation.guided === true) return discardGivenKey(context);
  if (newKey.state === 'absent') return { kind: 'done', message: 'No new key was made.' };
  if (rotation.forced) return { kind: 'done', message: 'The new key was left alive because a person said so.' };
  const unstored = memory.unstored.get(rotation.id);
  const known =
    newKeyHandle(context) ??
    (unstored === undefined || unstored.id === null
      ? null
      : { id: unstored.id, name: rotation.keyName, secret: () => Promise.resolve(unstored.secret) });
  if (known !== null) await connector.revoke(known);
  const found = await revokeNamesakes(context, known?.id ?? null);
  const mayComeLate = known === null && found === 0 && support.named;
  const leftMs = Math.min(support.propagationMs, mostLatenessMs) - sinceStep(context);
  if (mayComeLate && leftMs > 0)
    return { kind: 'again', afterMs: leftMs, waitingFor: 'a key that may have been made late' };
  memory.unstored.delete(rotation.id);
  return { kind: 'done', changes: { newKey: { ...newKey, state: 'revoked' } } };
};
