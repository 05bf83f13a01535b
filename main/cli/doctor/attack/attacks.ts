import type { Attack, AttackTarget, Outcome } from './attack.ts';
import { browserAttacks } from './browser-attacks.ts';
import { leakAttacks } from './leak-attacks.ts';
import { pathAttacks } from './path-attacks.ts';
import { smugglingAttacks } from './smuggling-attacks.ts';
import { tokenAttacks } from './token-attacks.ts';

/** Every attack, in the order they are tried. The test suite and docs/attacks.md have the same ones. */
export const attacks: readonly Attack[] = [
  ...browserAttacks,
  ...tokenAttacks,
  ...smugglingAttacks,
  ...pathAttacks,
  ...leakAttacks,
];

/** What one attack came to, as `toll doctor --attack --json` tells it. */
export interface AttackResult {
  readonly id: string;
  readonly title: string;
  readonly reference: string;
  readonly expectation: string;
  readonly outcome: Outcome;
  readonly seen: string;
}

/** Tries one after the other, so that none is taken for another. What can't be tried counts as having got through. */
export async function runAttacks(target: AttackTarget): Promise<readonly AttackResult[]> {
  const results: AttackResult[] = [];
  for (const { id, title, reference, expectation, run } of attacks) {
    const verdict = await run(target).catch((error: unknown) => ({
      outcome: 'open' as const,
      seen: `it could not be tried: ${error instanceof Error ? error.name : 'unknown'}`,
    }));
    results.push({ id, title, reference, expectation, ...verdict });
  }
  return results;
}
