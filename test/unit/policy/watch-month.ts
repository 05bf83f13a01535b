import type { UsageRecord } from '#shared/model/usage.ts';
import type { WatchBook, WatchLookUps } from '#shared/policy/watch-book.ts';
import type { WatchSettings } from '#shared/policy/watch-settings.ts';
import type { Sign } from '#shared/policy/watch-sign.ts';
import { groupOf } from '#test/fixtures/usage-group.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

const hourMs = 3_600_000;

/** First morning of the simulated month, local time. */
export const monthStart = new Date(2026, 9, 5, 0, 0, 0).getTime();

/** A moment of the simulated month, local time, in milliseconds since the epoch. */
export function momentOf(day: number, hour: number, minute = 0): number {
  const start = new Date(monthStart);
  return new Date(start.getFullYear(), start.getMonth(), start.getDate() + day, hour, minute).getTime();
}

/** A row of a call at that moment. */
export function callAt(at: number, changes: Partial<UsageRecord> = {}): UsageRecord {
  return usageRecord({ requestId: `req_${at}`, startedAt: new Date(at).toISOString(), ...changes });
}

/** Numbers between 0 and 1, the same in every run. */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Standard normal, by Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

/**
 * Thirty days of somebody who works on weekdays from about nine to about six, sometimes in the evening, with hours that differ as
 * people's do (log-normal), two models, a heavy hour each week, and a nightly job of another tool. Rows in order of time.
 */
export function ordinaryMonth(seed: number, days = 30): readonly UsageRecord[] {
  const random = numbersFrom(seed);
  const rows: UsageRecord[] = [];
  for (let day = 0; day < days; day += 1) {
    rows.push(callAt(momentOf(day, 3, 10), { tool: 'nightly-report', model: 'claude-haiku-4-5' }));
    if (day % 7 >= 5) continue;
    const from = 8 + Math.floor(random() * 2);
    const until = 17 + Math.floor(random() * 2) + (random() < 0.2 ? 3 : 0);
    for (let hour = from; hour < until; hour += 1) {
      if (hour === 12 && random() < 0.5) continue;
      const heavy = day % 7 === 3 && hour === 15 ? 4 : 1;
      const calls = Math.max(1, Math.round(40 * heavy * Math.exp(0.8 * normal(random))));
      for (let call = 0; call < calls; call += 1) {
        const at = momentOf(day, hour) + Math.floor((call * hourMs) / calls);
        const model = random() < 0.1 ? 'claude-haiku-4-5' : 'claude-sonnet-4-5';
        rows.push(callAt(at, { model, costMicroUsd: Math.round(8_000 * Math.exp(normal(random))) }));
      }
      if (random() < 0.2) {
        const refusal = {
          outcome: 'denied',
          status: 401,
          errorCode: 'invalid_token',
          tool: null,
          grantId: null,
        } as const;
        rows.push(callAt(momentOf(day, hour, 59), { ...refusal, requestId: `req_${day}_${hour}_expired` }));
      }
    }
  }
  return rows;
}

/** Knows of no token and no limit on uses. */
export const nothingKnown: WatchLookUps = { refusedToken: () => null, uses: () => null };

/** All signs of these rows. */
export function watchAll(book: WatchBook, rows: readonly UsageRecord[], settings: WatchSettings): readonly Sign[] {
  return rows.flatMap((row) => book.count(groupOf(row), settings, nothingKnown));
}
