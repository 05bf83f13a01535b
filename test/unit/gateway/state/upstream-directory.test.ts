import { describe, expect, it } from 'vitest';
import type { Affinity } from '#main/gateway/state/affinity.ts';
import type { AttemptOutcome } from '#main/gateway/state/credential-health.ts';
import { UpstreamDirectory } from '#main/gateway/state/upstream-directory.ts';
import type { UpstreamLease } from '#shared/contract/port.ts';
import type { CredentialHealth } from '#shared/model/credential.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';

const limited: AttemptOutcome = { kind: 'answered', status: 429, retryAfterMs: 5_000 };
const unreachable: AttemptOutcome = { kind: 'unreachable' };

function lease(credentialId: string, weight: number | null, isDefault = false): UpstreamLease {
  return {
    ...{ provider: 'openai', definition: 'openai', credentialId, credentialVersion: 1, secret: 'sk-x' },
    ...{ baseUrl: `https://${credentialId}.example/v1`, isDefault, weight, acceptedAt: null },
  };
}

function bench(...leases: readonly UpstreamLease[]) {
  const clock = createFakeClock();
  const told: [string, CredentialHealth['state']][] = [];
  const directory = new UpstreamDirectory(clock, {
    health: (id, health) => told.push([id, health.state]),
    canary: () => undefined,
  });
  directory.apply(leases);
  const grant = {};
  const order = (affinity: Affinity = 'none', owner: object = grant): string =>
    directory
      .order('openai', { affinity, model: 'gpt-5', grant: owner })
      .map(({ credentialId }) => credentialId)
      .join('');
  const end = (id: string, outcome: AttemptOutcome, times = 1): void => {
    for (let time = 0; time < times; time += 1) directory.end(id, outcome, () => 'gpt-5');
  };
  return { clock, told, directory, order, end };
}

/** How often each came first. */
function firsts(order: () => string, times: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let time = 0; time < times; time += 1) {
    const first = order()[0] ?? '';
    counts[first] = (counts[first] ?? 0) + 1;
  }
  return counts;
}

describe('a pool', () => {
  it('leaves out a second key that nobody gave a share', () => {
    expect(bench(lease('b', null), lease('a', 1, true)).order()).toBe('a');
  });

  it('takes a key without a share where the provider has no other', () => {
    expect(bench(lease('b', null), lease('c', null)).order()).toBe('b');
  });

  it('spreads calls by weight, exactly and smoothly', () => {
    const { order } = bench(lease('a', 5, true), lease('b', 1), lease('c', 1));
    const sequence = Array.from({ length: 14 }, () => order()[0]).join('');
    expect(sequence).toBe('aabacaaaabacaa');
    expect(firsts(order, 700)).toEqual({ a: 500, b: 100, c: 100 });
  });

  it('goes on where it was when a new snapshot comes', () => {
    const leases = [lease('a', 1, true), lease('b', 1)];
    const { directory, order } = bench(...leases);
    const sequence = Array.from({ length: 6 }, () => {
      directory.apply(leases);
      return order()[0];
    });
    expect(sequence.join('')).toBe('ababab');
  });

  it('keeps a key of weight 0 for when no other is left', () => {
    const { order, end } = bench(lease('a', 1, true), lease('b', 0));
    expect(firsts(order, 10)).toEqual({ a: 10 });
    end('a', limited);
    expect(order()).toBe('ba');
  });

  it('puts one that cools down or fails behind the others, and takes it back in time', () => {
    const { clock, order, end } = bench(lease('a', 1, true), lease('b', 1), lease('c', 1));
    end('a', limited);
    end('b', unreachable, 5);
    expect(firsts(order, 6)).toEqual({ c: 6 });
    clock.advance(5_000);
    expect(firsts(order, 9)).toMatchObject({ a: expect.any(Number), c: expect.any(Number) });
  });

  it('keeps the calls of one grant at one key, so that its prompt cache is found again', () => {
    const { order, end, clock } = bench(lease('a', 1, true), lease('b', 1));
    const [one, other] = [{}, {}];
    expect(new Set(Array.from({ length: 10 }, () => order('grant', one)))).toEqual(new Set(['ab']));
    expect(new Set(Array.from({ length: 10 }, () => order('grant', other)))).toEqual(new Set(['ba']));
    end('a', limited);
    expect(order('grant', one)).toBe('ba');
    clock.advance(5_000);
    expect(order('grant', one)).toBe('ba');
  });

  it('sends what lives in an account to the default key alone, and what may to the default first', () => {
    const { order, end } = bench(lease('b', 9), lease('a', 1, true));
    expect([order('account'), order('home')]).toEqual(['a', 'ab']);
    end('a', limited);
    expect([order('account'), order('home')]).toEqual(['a', 'ba']);
  });
});

describe('a directory of upstreams', () => {
  it('says why and for how long a key can\u2019t be called', () => {
    const { clock, directory, end } = bench(lease('a', 1, true));
    const [upstream] = directory.all('openai');
    if (upstream === undefined) throw new Error('There is no upstream.');
    expect(directory.begin(upstream, () => 'gpt-5')).toBeNull();
    end('a', limited);
    clock.advance(1_500);
    expect(directory.begin(upstream, () => 'gpt-5')).toEqual({
      code: 'upstream_cooling_down',
      reason: 'rate_limited',
      retryAfterMs: 3_500,
    });
    end('a', unreachable, 5);
    expect(directory.begin(upstream, () => 'o3')).toMatchObject({ code: 'circuit_open', reason: 'unreachable' });
  });

  it('asks for the model of a call only where it makes a difference', () => {
    const { directory, end } = bench(lease('a', 1, true));
    const [upstream] = directory.all('openai');
    if (upstream === undefined) throw new Error('There is no upstream.');
    const asked: string[] = [];
    const modelOf = (): string => {
      asked.push('model');
      return 'o3';
    };
    directory.begin(upstream, modelOf);
    directory.end('a', { kind: 'answered', status: 200, retryAfterMs: null }, modelOf);
    expect(asked).toHaveLength(0);
    end('a', limited);
    expect(directory.begin(upstream, modelOf)).toBeNull();
    directory.end('a', { kind: 'answered', status: 403, retryAfterMs: null }, modelOf);
    expect(asked).toHaveLength(2);
  });

  it('tells when a circuit opens and when it closes, and nothing between', () => {
    const { clock, directory, told, end } = bench(lease('a', 1, true));
    end('a', unreachable, 9);
    clock.advance(1_000);
    const [upstream] = directory.all('openai');
    if (upstream !== undefined) directory.begin(upstream, () => null);
    end('a', { kind: 'answered', status: 200, retryAfterMs: null }, 9);
    expect(told).toEqual([
      ['a', 'open'],
      ['a', 'closed'],
    ]);
  });

  it('takes back what it held against a key that was removed', () => {
    const { directory, told, end } = bench(lease('a', 1, true), lease('b', 1));
    end('a', unreachable, 5);
    directory.apply([lease('b', 1)]);
    directory.apply([lease('a', 1, true), lease('b', 1)]);
    expect(told).toEqual([
      ['a', 'open'],
      ['a', 'closed'],
    ]);
    expect(directory.all('openai')).toHaveLength(2);
  });

  it('forgets what it held against a key that was replaced', () => {
    const { directory, told, end } = bench(lease('a', 1, true));
    end('a', { kind: 'answered', status: 401, retryAfterMs: null });
    directory.apply([{ ...lease('a', 1, true), credentialVersion: 2 }]);
    expect(told).toEqual([
      ['a', 'open'],
      ['a', 'closed'],
    ]);
  });
});
