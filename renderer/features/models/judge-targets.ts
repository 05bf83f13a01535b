import { describeHealth, poolWeight } from '#renderer/components/format/key-health.ts';
import type { AliasTarget } from '#shared/model/alias.ts';
import type { Credential } from '#shared/model/credential.ts';

/** Whether a target could take a call now. `serves` is the first that can, `next` one that would follow. */
export type TargetState = 'serves' | 'next' | 'waits' | 'no-key';

/** A target and what would become of a call to it. */
export interface JudgedTarget {
  readonly target: AliasTarget;
  readonly state: TargetState;
  /** One sentence. */
  readonly explanation: string;
}

function canServe(credential: Credential, { model }: AliasTarget, now: number): boolean {
  const { text } = describeHealth(credential, now);
  if (text === 'serving' || text === 'trying again') return true;
  return credential.health.models.length > 0 && !credential.health.models.includes(model);
}

function judge(target: AliasTarget, credentials: readonly Credential[], now: number): Omit<JudgedTarget, 'target'> {
  const keys = credentials.filter(({ provider }) => provider === target.provider);
  const pool = keys.filter((key) => poolWeight(key) !== null && key.vaultState !== 'absent');
  if (pool.length === 0) {
    const explanation =
      keys.length === 0 ? 'There is no key of this provider.' : 'No key of this provider is in its pool.';
    return { state: 'no-key', explanation };
  }
  const ready = pool.filter((key) => canServe(key, target, now));
  if (ready.length > 0) {
    const which = ready.length === 1 ? `${ready[0]?.label} ${ready[0]?.fingerprint}` : `${ready.length} keys`;
    return { state: 'next', explanation: `${which} can take the call.` };
  }
  return { state: 'waits', explanation: pool.map((key) => describeHealth(key, now).explanation)[0] ?? '' };
}

/** Says of each target, best first, whether a call at `now` (milliseconds since the epoch) would go there, by what is known of the keys. */
export function judgeTargets(
  targets: readonly AliasTarget[],
  credentials: readonly Credential[],
  now: number,
): readonly JudgedTarget[] {
  const judged = targets.map((target) => ({ target, ...judge(target, credentials, now) }));
  const first = judged.findIndex(({ state }) => state === 'next');
  return judged.map((each, index) => (index === first ? { ...each, state: 'serves' as const } : each));
}
