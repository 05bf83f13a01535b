import { awaitCalls } from './await-calls.ts';
import { checkOldKeyEnded, whenAllowed } from './guided-key.ts';
import { oldKeyHandle, readSecret, revokeNamesakes } from './key-access.ts';
import { type PerformStep, type StepContext, type StepResult, sinceStep } from './step.ts';

/**
 * Waits until no call holds the old key, then watches the provider's last use of it. Two readings, each after the time by which the
 * provider may lag behind, must agree; a use between them comes from somewhere else.
 */
export const drainStep: PerformStep = async (context) => {
  const { rotation, memory, support, connector, clock } = context;
  if (rotation.forced) return { kind: 'done', message: 'A person said to go on.' };
  if (!memory.drained.has(rotation.id)) {
    const wait = await awaitCalls(context, 'old');
    if (wait !== null) return wait;
    memory.drained.set(rotation.id, { at: clock.now() });
  }
  const old = oldKeyHandle(context);
  if (old === null || connector.lastUsed === undefined || support.lastUsedLagMs === null) return { kind: 'done' };
  return watchLastUse(context, async () => (await connector.lastUsed?.(old)) ?? null);
};

async function watchLastUse(context: StepContext, read: () => Promise<string | null>): Promise<StepResult> {
  const { rotation, memory, support, clock } = context;
  const lagMs = support.lastUsedLagMs ?? 0;
  const drained = memory.drained.get(rotation.id) ?? { at: clock.now() };
  const waitingFor = 'the provider’s word that nothing else uses the old key';
  const leftMs = drained.at + lagMs - clock.now();
  if (leftMs > 0) return { kind: 'again', afterMs: leftMs, waitingFor };
  const lastUsed = await read();
  if (drained.lastUsed === undefined) {
    memory.drained.set(rotation.id, { at: clock.now(), lastUsed });
    if (lagMs > 0) return { kind: 'again', afterMs: lagMs, waitingFor };
  } else if (drained.lastUsed !== lastUsed) {
    memory.drained.delete(rotation.id);
    const message = `The provider saw a call with the old key at ${lastUsed ?? 'an unknown time'}, and it did not come from here.`;
    return { kind: 'stop', problem: { code: 'old_key_in_use', message } };
  }
  memory.drained.delete(rotation.id);
  return { kind: 'done', message: lastUsed === null ? 'Never used elsewhere.' : `Last used ${lastUsed}.` };
}

/** Puts the old key out of use so that it can be brought back. */
export const disableStep: PerformStep = async (context) => {
  const { rotation, connector } = context;
  const old = oldKeyHandle(context);
  if (old === null || connector.disable === undefined) return { kind: 'done', message: 'Left out.' };
  const { disable } = connector;
  const isDone = await whenAllowed(context, () => disable(old).then(() => true));
  if (isDone === null)
    return {
      ...{ kind: 'done', message: 'The provider’s API refused, so a person is to do it.' },
      changes: { oldKey: { ...rotation.oldKey, keyId: null } },
    };
  return { kind: 'done', changes: { oldKey: { ...rotation.oldKey, state: 'disabled' } } };
};

/** Destroys the old key at the provider, after the time in which a disabled one can be brought back. */
export const revokeStep: PerformStep = async (context) => {
  const { rotation, connector, support, keepDisabledMs } = context;
  const leftMs = keepDisabledMs - sinceStep(context);
  const canComeBack = rotation.oldKey.state === 'disabled' && support.disable === 'reversible';
  if (canComeBack && leftMs > 0 && !rotation.forced)
    return { kind: 'again', afterMs: leftMs, waitingFor: 'the time in which the old key can be brought back' };
  const old = oldKeyHandle(context);
  if (rotation.guided === true) return checkOldKeyEnded(context, old);
  if (old === null || rotation.forced) return checkByHand(context);
  await connector.revoke(old);
  await revokeNamesakes(context, rotation.newKey.keyId);
  return { kind: 'done', changes: { oldKey: { ...rotation.oldKey, state: 'revoked' } } };
};

/** The provider's API does not know the old key, so a person revokes it, and a refused call proves it. */
async function checkByHand(context: StepContext): Promise<StepResult> {
  const { rotation, tryKey } = context;
  const verification = await tryKey(await readSecret(context, rotation.oldItem));
  if (verification.outcome === 'rejected')
    return { kind: 'done', changes: { oldKey: { ...rotation.oldKey, state: 'revoked' } } };
  if (rotation.forced) return { kind: 'done', message: 'The old key was left alive because a person said so.' };
  const message = 'The old key could not be found through the provider’s API, and it still works.';
  return { kind: 'stop', problem: { code: 'old_key_unknown', message } };
}
