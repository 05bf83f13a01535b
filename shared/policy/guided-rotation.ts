import type { KeyGuide, Provider } from '../model/provider.ts';
import type { Rotation, RotationSupport } from '../model/rotation.ts';

/** What a person has to do before a rotation goes on: give the new key, or end the old one at the provider. */
export type PersonTask = 'give-new-key' | 'end-old-key';

/** What a person is waited for in a rotation; null when it is nobody, or when it stopped because something failed. */
export function personTask({
  guided,
  state,
  problem,
  direction,
  step,
}: Pick<Rotation, 'guided' | 'state' | 'problem' | 'direction' | 'step'>): PersonTask | null {
  if (guided !== true || state !== 'stopped' || problem !== null || direction === 'back') return null;
  if (step === 'create') return 'give-new-key';
  return step === 'revoke' ? 'end-old-key' : null;
}

const stillWorks = 'it still works';

/** What a person is waited for while the old key lives; `tried` when they said that it was deleted and it was not. */
export function waitingForDeletion(providerName: string, tried: boolean): string {
  return `the old key to be deleted at ${providerName}${tried ? `: ${stillWorks}` : ''}`;
}

/** Whether the provider was seen to take the old key although it was said to be deleted. */
export function isOldKeyStillWorking({ waitingFor }: Pick<Rotation, 'waitingFor'>): boolean {
  return waitingFor?.endsWith(stillWorks) === true;
}

/** For keys of a provider that nobody wrote a guide for. */
const commonGuide = {
  create: ['Make a new key that may do what the old one may.', 'Copy the key.'],
  remove: ['Find the old key.', 'Delete it and confirm.'],
} as const;

/** How a person changes keys of this provider. */
export function keyGuideOf({ guide, consoleUrl }: Pick<Provider, 'guide' | 'consoleUrl'>): KeyGuide {
  return guide ?? { page: consoleUrl, ...commonGuide };
}

/** Milliseconds for which a provider may refuse a key that a person has just made. */
const propagationMs = 30_000;

/** What can be done with keys that a person makes: two live at once, none has a name of ours, and an API may end them. */
export function guidedSupport({ guide, documentation }: Pick<Provider, 'guide' | 'documentation'>): RotationSupport {
  const api = guide?.api;
  const ending = api === undefined ? 'deleted by a person' : null;
  return {
    connector: api?.connector ?? 'person',
    ...{ overlap: 'full', named: false, disable: api?.disable ?? 'none', lastUsedLagMs: null, propagationMs },
    ...{ adminKey: api?.adminKey ?? null, parameters: [], documentation: api?.documentation ?? documentation },
    calls: { create: 'made by a person', disable: ending, revoke: ending ?? documentation },
  };
}

/** A key that lives on at the provider although nothing here uses it. */
export interface KeyLeftAlive {
  readonly which: 'old' | 'new';
  readonly fingerprint: string | null;
}

/** The key that a person should delete once a guided rotation has ended; null when there is none. */
export function keyLeftAlive({
  guided,
  endedAt,
  state,
  oldKey,
  newKey,
}: Pick<Rotation, 'guided' | 'endedAt' | 'state' | 'oldKey' | 'newKey'>): KeyLeftAlive | null {
  if (guided !== true || endedAt === null) return null;
  const which = state === 'done' ? 'old' : 'new';
  const key = state === 'done' ? oldKey : newKey;
  const lives = key.state === 'living' || key.state === 'disabled';
  return lives ? { which, fingerprint: key.fingerprint } : null;
}
