import type { Rotation, RotationOverview } from '#shared/model/rotation.ts';
import { describeRotation } from '#shared/policy/describe-rotation.ts';
import { personTask } from '#shared/policy/guided-rotation.ts';

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
    if (troubled !== null && personTask(troubled) === 'give-new-key') return [];
    if (troubled !== null) {
      const { state, serving, living, advice } = describeRotation(troubled);
      const body = [state, serving, living, advice].filter((part) => part !== '').join(' ');
      const name = `${troubled.id} ${troubled.state} ${troubled.stepSince}`;
      return [{ name, title: titleOf(troubled, label), body }];
    }
    if (!due || method === 'automatic' || setup.remindedAt === null) return [];
    const body = `It is ${ageDays} days old. Press Rotate now beside it: you are led through it.`;
    return [{ name: `${credentialId} ${setup.remindedAt}`, title: `The key “${label}” is due to be changed`, body }];
  });
}

function titleOf(rotation: Rotation, label: string): string {
  if (personTask(rotation) === 'end-old-key') return `The old key of “${label}” can be deleted now`;
  return `The change of “${label}” ${rotation.state === 'failed' ? 'failed' : 'stopped'}`;
}
