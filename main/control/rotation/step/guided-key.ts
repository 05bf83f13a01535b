import { TollkeeperError } from '#shared/model/error.ts';
import { waitingForDeletion } from '#shared/policy/guided-rotation.ts';
import type { KeyHandle } from '../connector.ts';
import { newKeyHandle, readSecret } from './key-access.ts';
import type { StepContext, StepResult } from './step.ts';

/** For so long after a person said that the old key was deleted it is tried again, in milliseconds; providers take a while to forget. */
export const forgettingMs = 120_000;

/** The first pause between two trials of the old key, and the longest, in milliseconds. */
const trialPausesMs = { first: 2_000, longest: 30_000 } as const;

/**
 * What a call to the provider's API gave. Where a person makes the keys that API is a help and no need: null when it refused, and the
 * person does it. Elsewhere a refusal rejects.
 */
export async function whenAllowed<T>({ rotation }: StepContext, call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    const isRefused = error instanceof TollkeeperError && error.code === 'provider_refused';
    if (rotation.guided === true && isRefused) return null;
    throw error;
  }
}

/** Ends the old key through the API where that knows it, else asks the person; done only when the provider refuses a call with it. */
export async function checkOldKeyEnded(context: StepContext, old: KeyHandle | null): Promise<StepResult> {
  const { rotation, connector, memory, tryKey } = context;
  const { id, oldKey, oldItem, forced } = rotation;
  const isEnded = old !== null && (await whenAllowed(context, () => connector.revoke(old).then(() => true)));
  const { outcome, message } = await tryKey(await readSecret(context, oldItem));
  if (outcome === 'rejected') {
    memory.saidDeleted.delete(id);
    return { kind: 'done', changes: { oldKey: { ...oldKey, state: 'revoked' } }, message };
  }
  if (forced) return { kind: 'done', message: 'The old key was left alive because a person said so.' };
  if (outcome === 'unreachable') throw new TollkeeperError('provider_busy', message);
  if (isEnded === true && !memory.saidDeleted.has(id)) memory.saidDeleted.set(id, context.clock.now());
  return tryLater(context);
}

/** The old key works: it is tried again for a while after it was said to be deleted, and then the person is told. */
function tryLater({ rotation, memory, clock, provider }: StepContext): StepResult {
  const since = memory.saidDeleted.get(rotation.id);
  if (since === undefined) return { kind: 'ask', waitingFor: waitingForDeletion(provider.name, false) };
  const elapsedMs = clock.now() - since;
  if (elapsedMs < forgettingMs) {
    const afterMs = Math.min(Math.max(elapsedMs, trialPausesMs.first), trialPausesMs.longest);
    return { kind: 'again', afterMs, waitingFor: `${provider.name} to refuse the old key, which still works` };
  }
  memory.saidDeleted.delete(rotation.id);
  return { kind: 'ask', waitingFor: waitingForDeletion(provider.name, true) };
}

/** Ends the new key through the API where that knows it. Otherwise it lives on, and the person is told to delete it. */
export async function discardGivenKey(context: StepContext): Promise<StepResult> {
  const { rotation, connector, memory } = context;
  const { newKey, id, forced } = rotation;
  memory.unstored.delete(id);
  if (newKey.state === 'absent') return { kind: 'done', message: 'No new key was given.' };
  const handle = newKeyHandle(context);
  const isEnded =
    handle !== null && !forced && (await whenAllowed(context, () => connector.revoke(handle).then(() => true)));
  if (isEnded === true) return { kind: 'done', changes: { newKey: { ...newKey, state: 'revoked' } } };
  return { kind: 'done', message: 'The new key was forgotten here; a person is to delete it at the provider.' };
}
