import type { UsageRecord } from '#shared/model/usage.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

/** A repeatable source of numbers in [0, 1): the same seed gives the same row of numbers (mulberry32). */
export function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Where the records lie. */
export interface RandomRecords {
  readonly seed: number;
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly until: number;
}

/** Records of every kind, scattered over a span. */
export function randomRecords({ seed, count, since, until }: RandomRecords): readonly UsageRecord[] {
  const random = randomSource(seed);
  const whole = (below: number) => Math.floor(random() * below);
  const pick = <T>(values: readonly T[]): T => values[whole(values.length)] as T;
  return Array.from({ length: count }, (_none, index) =>
    usageRecord({
      requestId: `req_${seed}_${index}`,
      startedAt: new Date(since + whole(until - since)).toISOString(),
      tool: pick(['claude-code', 'codex', 'zed', null]),
      grantId: pick(['g1', 'g2', 'g3', null]),
      credentialId: pick(['c1', 'c2', null]),
      provider: pick(['openai', 'anthropic', null]),
      model: pick(['gpt-5', 'claude-sonnet-4-5', 'o4', null]),
      outcome: pick(['ok', 'ok', 'ok', 'upstream_error', 'client_aborted', 'denied']),
      inputTokens: whole(10_000),
      cachedInputTokens: whole(500),
      outputTokens: whole(2_000),
      costMicroUsd: pick([null, 0, whole(90_000), whole(90_000)]),
      latencyMs: whole(3_000),
      errorCode: pick([null, 'budget_exceeded']),
      ...pick([{}, {}, { estimated: true }]),
    }),
  );
}
