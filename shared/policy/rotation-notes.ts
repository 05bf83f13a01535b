import type { RotationSupport } from '../model/rotation.ts';

/** What a person should know of a provider's API for keys before the first change, in sentences; none where there is nothing. */
export function rotationNotes({ caution, unconfirmed }: Pick<RotationSupport, 'caution' | 'unconfirmed'>): string[] {
  const doubt = unconfirmed === undefined ? undefined : `Not everything here could be confirmed: ${unconfirmed}`;
  return [caution, doubt].filter((text) => text !== undefined);
}
