import type { Rotation, RotationOverview } from '../model/rotation.ts';

/** A change of a key that a person should hear of. */
export interface TroubledRotation {
  readonly overview: RotationOverview;
  /** `stopped`: it waits for a person. `failed`: it was given up; the old key serves. */
  readonly rotation: Rotation;
}

/** A change that was given up is shown for so long, in milliseconds: until a schedule tries again. */
const failedShownMs = 24 * 60 * 60 * 1_000;

/** Changes that stopped, then those that were given up in the last day. `now` is in milliseconds since the epoch. */
export function troubledRotations(overviews: readonly RotationOverview[], now: number): readonly TroubledRotation[] {
  const stopped = overviews.flatMap((overview) =>
    overview.current?.state === 'stopped' ? [{ overview, rotation: overview.current }] : [],
  );
  const failed = overviews.flatMap((overview) =>
    overview.current === null && overview.last?.state === 'failed' && isRecent(overview.last, now)
      ? [{ overview, rotation: overview.last }]
      : [],
  );
  return [...stopped, ...failed];
}

function isRecent({ endedAt }: Rotation, now: number): boolean {
  return endedAt !== null && now - Date.parse(endedAt) < failedShownMs;
}

/** True when the key has to be changed now and nothing but a person does it. */
export function waitsForPerson({ due, method }: RotationOverview): boolean {
  return due && method !== 'automatic';
}

/** How many keys wait for a person: their change stopped, or it is due and has to be done by hand. */
export function countWaiting(overviews: readonly RotationOverview[]): number {
  return overviews.filter((overview) => overview.current?.state === 'stopped' || waitsForPerson(overview)).length;
}
