import { TollkeeperError } from '#shared/model/error.ts';
import type { RotatedKey } from '#shared/model/rotation.ts';
import { fingerprintOf } from '../../credential/key-form.ts';
import type { CreatedKey, KeyHandle } from '../connector.ts';
import { whenAllowed } from './guided-key.ts';
import { oldKeyHandle, readSecret, revokeNamesakes } from './key-access.ts';
import { type PerformStep, type StepContext, type StepResult, sinceStep } from './step.ts';

/** Names that are tried when the one meant for the new key is taken. */
const mostNames = 20;

/** How soon a key that is not known everywhere yet is looked at again, in milliseconds. */
const lookAgainMs = 5_000;

/** The name a key made here bears at its provider: the same for every attempt of one rotation, and never used twice. */
export function keyNameOf(credentialId: string, version: number): string {
  return `${keyNamePrefix(credentialId)}${version}`;
}

/** How the names of all keys begin that were made here for this credential. */
export function keyNamePrefix(credentialId: string): string {
  return `tollkeeper-${credentialId.replace(/^cred_/, '')}-`;
}

/** Finds out which key at the provider is the present one, and a name that nothing there bears. */
export const planStep: PerformStep = async (context) => {
  const { rotation, connector, support, credential } = context;
  const secret = await readSecret(context, rotation.oldItem);
  const keyId = madeHere(context) ?? (await whenAllowed(context, () => connector.identify(secret)))?.id ?? null;
  let { version } = rotation.newKey;
  for (let tried = 0; support.named && tried < mostNames; tried += 1) {
    if ((await connector.find(keyNameOf(credential.id, version))).length === 0) break;
    version += 1;
  }
  return {
    kind: 'done',
    changes: {
      keyName: keyNameOf(credential.id, version),
      oldKey: { ...rotation.oldKey, keyId },
      newKey: { ...rotation.newKey, version },
    },
    message: keyId === null ? 'The provider’s API does not tell which of its keys the present one is.' : 'Found.',
  };
};

/** The provider's id of the present key, where an earlier rotation made it. */
function madeHere({ registry, rotation, credential }: StepContext): string | null {
  return (
    registry.rotations
      .list({ credentialId: credential.id, limit: 1_000 })
      .find(({ state, newKey }) => state === 'done' && newKey.version === rotation.oldKey.version)?.newKey.keyId ?? null
  );
}

/**
 * Makes the new key and stores it. That it may exist is written first: an attempt that follows looks for what the one before it
 * left under the same name, and revokes it, because its secret was told to nobody.
 */
export const createStep: PerformStep = async (context) => {
  const { rotation, memory, registry, shelf } = context;
  let created = memory.unstored.get(rotation.id);
  if (created === undefined && rotation.guided === true) return { kind: 'ask', waitingFor: 'the new key' };
  if (created === undefined) {
    const lost = await clearEarlierAttempt(context);
    if (lost !== null) return lost;
    const old = oldKeyHandle(context);
    created = await orderKey(context, old);
    memory.unstored.set(rotation.id, created);
  }
  const { id, secret, message } = created;
  const attempt = registry.rotations.steps(rotation.id).length;
  const item = `credential/${rotation.credentialId}/${rotation.newKey.version}-${attempt}`;
  await shelf.put(item, secret);
  const storedAt = new Date(context.clock.now()).toISOString();
  const newKey: RotatedKey = {
    ...rotation.newKey,
    ...{ keyId: id, fingerprint: fingerprintOf(secret), state: 'living', storedAt },
  };
  const endsOld = context.support.overlap === 'none';
  return {
    kind: 'done',
    changes: {
      ...{ newKey, newItem: item },
      ...(endsOld ? { oldKey: { ...rotation.oldKey, state: 'revoked' } } : {}),
    },
    ...(message === undefined ? {} : { message }),
    commit() {
      shelf.keep(item);
      registry.vaultItems.expect(item, context.clock.now());
      memory.unstored.delete(rotation.id);
    },
  };
};

async function orderKey({ rotation, registry, connector }: StepContext, old: KeyHandle | null): Promise<CreatedKey> {
  registry.rotations.update(rotation.id, { newKey: { ...rotation.newKey, state: 'unknown' } });
  try {
    return await connector.create({ name: rotation.keyName, old });
  } catch (error) {
    const nothingHappened =
      error instanceof TollkeeperError && (error.code === 'provider_busy' || error.code === 'provider_refused');
    if (nothingHappened) registry.rotations.update(rotation.id, { newKey: rotation.newKey });
    throw error;
  }
}

async function clearEarlierAttempt(context: StepContext): Promise<StepResult | null> {
  const { rotation, support, tryKey } = context;
  if (rotation.newKey.state !== 'unknown') return null;
  await revokeNamesakes(context, null);
  if (support.overlap !== 'none') return null;
  const verification = await tryKey(await readSecret(context, rotation.oldItem));
  return verification.outcome === 'rejected' ? { kind: 'fail', problem: problemOfLoss } : null;
}

const problemOfLoss = {
  code: 'new_key_lost',
  message: 'The provider ended the old key, and the answer with the new one never came.',
} as const;

/** Tries the new key until the provider takes it, or until it should have. */
export const verifyStep: PerformStep = async (context) => {
  const { rotation, connector, support } = context;
  if (rotation.forced) return { kind: 'done', message: 'A person said to go on.' };
  const patient = sinceStep(context) < support.propagationMs;
  const { keyId } = rotation.newKey;
  if (keyId !== null && connector.propagated !== undefined && !(await connector.propagated(keyId))) {
    if (patient) return { kind: 'again', afterMs: lookAgainMs, waitingFor: 'the provider to know the new key' };
    return unusable(context, 'The provider does not know the new key everywhere yet.');
  }
  const secret = await readSecret(context, rotation.newItem);
  const verification = await context.tryKey(secret);
  if (verification.outcome === 'rejected' && patient)
    return { kind: 'again', afterMs: lookAgainMs, waitingFor: 'the provider to take the new key' };
  if (verification.outcome === 'rejected') return unusable(context, verification.message);
  if (verification.outcome === 'unreachable') throw new TollkeeperError('provider_busy', verification.message);
  const old = rotation.oldVerification?.account ?? null;
  if (old !== null && verification.account !== null && verification.account !== old)
    return unusable(context, `The new key belongs to another account (${verification.account}, not ${old}).`);
  if (rotation.oldKey.state !== 'revoked' && secret === (await readSecret(context, rotation.oldItem)))
    return unusable(context, 'The provider gave the old key again.');
  await revokeNamesakes(context, keyId);
  return { kind: 'done', changes: { newVerification: verification } };
};

/** Where the old key is gone already there is no way back. */
function unusable({ support }: StepContext, message: string): StepResult {
  const problem = { code: 'new_key_unusable', message } as const;
  return support.overlap === 'none' ? { kind: 'stop', problem } : { kind: 'back', problem };
}
