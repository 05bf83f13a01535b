import { z } from 'zod';
import { deriveKey } from '#main/store/database-key.ts';
import type { StateStore } from '#main/store/registry/registry.ts';
import { lazily } from '#shared/model/lazily.ts';

/** Name of the state with the keys of spills that were written before the database key was changed. */
const spillKeysState = 'facts-spill-keys';
const spillKeysSchema = lazily(() => z.array(z.string()));
/** A gateway keeps the key that it started with, and the database key may be changed again meanwhile. */
const keptKeys = 4;

/** The key that gateways are given for what they write down when control dies. */
export function spillKeyOf(databaseKey: string): string {
  return deriveKey(databaseKey, 'tollkeeper facts spill');
}

/** Has what gateways write with the present key readable after the database key is changed. Call it before that. */
export function keepSpillKey(state: Pick<StateStore, 'read' | 'write'>, databaseKey: string): void {
  const keys = [spillKeyOf(databaseKey), ...formerSpillKeys(state)];
  state.write(spillKeysState, [...new Set(keys)].slice(0, keptKeys));
}

/** Keys of spills from before the database key was changed, newest first. */
export function formerSpillKeys(state: Pick<StateStore, 'read'>): readonly string[] {
  return spillKeysSchema.catch([]).parse(state.read(spillKeysState));
}
