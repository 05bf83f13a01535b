import type { RotationRecord } from '#main/store/registry/rotation-records.ts';
import { readSecret } from './key-access.ts';
import type { PerformStep, StepContext } from './step.ts';

/** Has a share of the live calls use the new key, with the old one ready. */
export const canaryStep: PerformStep = async (context) => {
  const { rotation, traffic, canaryShare, signal } = context;
  const outcome = await traffic.beginCanary({
    credentialId: rotation.credentialId,
    fromVersion: rotation.oldKey.version,
    toVersion: rotation.newKey.version,
    share: canaryShare,
    secret: await readSecret(context, rotation.newItem),
    signal,
  });
  switch (outcome.kind) {
    case 'rejected':
      return { kind: 'back', problem: { code: 'new_key_unusable', message: outcome.message } };
    case 'quiet':
      return { kind: 'done', message: 'No call came in that time.' };
    case 'accepted':
      return { kind: 'done', message: `Calls that went well: ${outcome.calls}.` };
  }
};

/** Has every call use the new key: first the row, which a restart reads, then the gateway. */
export const promoteStep: PerformStep = async (context) => {
  const { newKey, newItem, newVerification } = context.rotation;
  await pointTo(context, { key: newKey, item: newItem, verification: newVerification });
  return { kind: 'done' };
};

/** Has every call use the old key again, once it is known to work. */
export const restoreStep: PerformStep = async (context) => {
  const { rotation, tryKey } = context;
  const verification = await tryKey(await readSecret(context, rotation.oldItem));
  if (verification.outcome === 'rejected')
    return { kind: 'forward', step: 'revoke', message: 'The provider does not take the old key any more.' };
  await pointTo(context, {
    key: rotation.oldKey,
    item: rotation.oldItem,
    verification: verification.outcome === 'accepted' ? verification : rotation.oldVerification,
  });
  return { kind: 'done' };
};

interface Target {
  readonly key: RotationRecord['oldKey'];
  readonly item: string;
  readonly verification: RotationRecord['oldVerification'];
}

async function pointTo(context: StepContext, { key, item, verification }: Target): Promise<void> {
  const { registry, rotation, credential, traffic } = context;
  registry.credentials.update(rotation.credentialId, {
    version: key.version,
    vaultItem: item,
    fingerprint: key.fingerprint ?? credential.fingerprint,
    rotatedAt: key.storedAt ?? credential.rotatedAt,
    verification,
  });
  await traffic.promote(rotation.credentialId);
}
