import type { RotationOverview } from '#shared/model/rotation.ts';
import { describeRotation } from '#shared/policy/describe-rotation.ts';

/** Something about a key's change that a person should hear of. */
export interface RotationNews {
  /** The same news has the same name. */
  readonly name: string;
  readonly title: string;
  readonly body: string;
}

/** All there is to tell now: changes that stopped or were given up, and keys that are due to be changed by hand. */
export function rotationNews(overviews: readonly RotationOverview[]): readonly RotationNews[] {
  return overviews.flatMap(({ credentialId, label, current, last, due, method, setup, ageDays }) => {
    const failed = current === null && last?.state === 'failed' ? last : null;
    const troubled = current?.state === 'stopped' ? current : failed;
    if (troubled !== null) {
      const { state, serving, living, advice } = describeRotation(troubled);
      const body = [state, serving, living, advice].filter((part) => part !== '').join(' ');
      const name = `${troubled.id} ${troubled.state} ${troubled.stepSince}`;
      return [{ name, title: `The change of “${label}” ${troubled.state === 'failed' ? 'failed' : 'stopped'}`, body }];
    }
    if (!due || method === 'automatic' || setup.remindedAt === null) return [];
    const body = `It is ${ageDays} days old. Make a new one at the provider and store it here.`;
    return [{ name: `${credentialId} ${setup.remindedAt}`, title: `The key “${label}” is due to be changed`, body }];
  });
}
