import { describe, expect, it } from 'vitest';
import { type AttemptOutcome, CredentialState, coolDown } from '#main/gateway/state/credential-health.ts';
import { goodHealth } from '#shared/model/credential.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';

const lease = { credentialVersion: 1, baseUrl: 'https://api.openai.com/v1', acceptedAt: null };
const model = 'gpt-5';

function answered(status: number, retryAfterMs: number | null = null): AttemptOutcome {
  return { kind: 'answered', status, retryAfterMs };
}

function bench() {
  const clock = createFakeClock();
  const state = new CredentialState(clock);
  state.renew(lease);
  const fail = (outcome: AttemptOutcome, times = 1) =>
    Array.from({ length: times }, () => state.end(outcome, model)).filter((news) => news !== null);
  return { clock, state, fail };
}

describe('a credential', () => {
  it('that works has nothing to tell', () => {
    const { state } = bench();
    expect([state.readiness(model), state.end(answered(200), model), state.health()]).toEqual([
      { kind: 'ready' },
      null,
      goodHealth,
    ]);
  });

  it('is left alone for as long as its provider says, for that model alone', () => {
    const { clock, state } = bench();
    expect(state.end(answered(429, 7_000), model)).toEqual({
      state: 'cooling',
      until: new Date(clock.now() + 7_000).toISOString(),
      reason: 'rate_limited',
      models: [model],
    });
    expect(state.readiness(model)).toEqual({ kind: 'wait', waitMs: 7_000, reason: 'rate_limited' });
    expect(state.readiness('gpt-5-mini')).toEqual({ kind: 'ready' });
    clock.advance(7_000);
    expect(state.readiness(model)).toEqual({ kind: 'ready' });
    expect(state.health()).toEqual(goodHealth);
  });

  it('is not left alone for ever, whatever its provider says', () => {
    const { state } = bench();
    state.end(answered(429, 86_400_000), model);
    expect(state.readiness(model)).toMatchObject({ waitMs: coolDown.longestMs });
  });

  it('is only avoided after a limit that came without a time, and after a model it may not use', () => {
    const { state } = bench();
    expect(state.end(answered(429), model)).toMatchObject({ state: 'cooling' });
    expect(state.readiness(model)).toEqual({ kind: 'avoid' });
    expect(state.end(answered(403), 'o9')).toBeNull();
    expect(state.readiness('o9')).toEqual({ kind: 'avoid' });
  });

  it('is used again once a call with that model succeeds', () => {
    const { state } = bench();
    state.end(answered(429), model);
    expect(state.end(answered(200), model)).toBeNull();
    expect(state.readiness(model)).toEqual({ kind: 'ready' });
  });

  it('tells a pause once, however many calls ran into it', () => {
    const { fail } = bench();
    expect(fail(answered(429, 5_000), 64)).toHaveLength(1);
  });

  it('waits as a 503 says, and counts it as a failure as well', () => {
    const { state, fail } = bench();
    expect(fail(answered(503, 2_000), 5).map(({ state }) => state)).toEqual(['cooling', 'open']);
    expect(state.readiness(null)).toMatchObject({ kind: 'wait', reason: 'server_error' });
  });

  it.each([
    ['server_error', answered(529), 5],
    ['unreachable', { kind: 'unreachable' }, 5],
    ['timeout', { kind: 'timeout', afterMs: 600_000 }, 5],
    ['key_rejected', answered(401), 1],
  ] as const)('opens its circuit: %s', (reason, outcome, times) => {
    const { state, clock, fail } = bench();
    const news = fail(outcome, times);
    expect(news).toEqual([{ state: 'open', until: expect.any(String), reason, models: [] }]);
    expect(Date.parse(news[0]?.until ?? '')).toBeGreaterThan(clock.now());
    expect(state.readiness('another')).toMatchObject({ kind: 'wait', reason });
  });

  it.each([
    ['an answer that is the caller\u2019s own fault', answered(400)],
    ['a refusal of one model', answered(403)],
    ['a call that its caller left', { kind: 'abandoned' }],
    ['a time-out that an alias set too short', { kind: 'timeout', afterMs: 2_000 }],
  ] as const)('has nothing held against it for %s', (_name, outcome) => {
    const { state, fail } = bench();
    fail(outcome, 20);
    expect(state.readiness('another')).toEqual({ kind: 'ready' });
  });

  it('is tried by one call when its time has come, and tells that it is well', () => {
    const { clock, state, fail } = bench();
    fail({ kind: 'unreachable' }, 5);
    clock.advance(1_000);
    expect(state.readiness(model).kind).toBe('avoid');
    state.begin();
    expect(state.readiness(model)).toMatchObject({ kind: 'wait' });
    expect(state.end(answered(200), model)).toEqual(goodHealth);
    expect(state.readiness(model)).toEqual({ kind: 'ready' });
  });

  it('tells a longer opening after a trial that failed', () => {
    const { clock, state, fail } = bench();
    fail({ kind: 'unreachable' }, 5);
    clock.advance(1_000);
    state.begin();
    expect(state.end({ kind: 'unreachable' }, model)).toMatchObject({
      state: 'open',
      until: new Date(clock.now() + 2_000).toISOString(),
    });
  });

  it.each([
    ['its key', { ...lease, credentialVersion: 2 }],
    ['its address', { ...lease, baseUrl: 'https://elsewhere.example/v1' }],
    ['what its provider thinks of the key', { ...lease, acceptedAt: 1 }],
  ])('starts afresh with %s', (_name, next) => {
    const { state, fail } = bench();
    fail(answered(401));
    expect(state.renew(lease)).toBeNull();
    expect(state.readiness(model).kind).toBe('wait');
    expect(state.renew(next)).toEqual(goodHealth);
    expect(state.readiness(model)).toEqual({ kind: 'ready' });
  });

  it('remembers a bounded number of models', () => {
    const { state } = bench();
    for (let number = 0; number < 1_000; number += 1) {
      state.end(answered(429, 60_000), `model-${number}`);
    }
    expect(state.health().models).toHaveLength(64);
    expect(state.readiness('model-999').kind).toBe('wait');
  });
});
