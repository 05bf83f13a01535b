import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CallerChecks } from '#main/gateway/state/caller-checks.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const loopback = { remoteAddress: '127.0.0.1', remotePort: 50_000, localPort: 8_377 } as Socket;

function checksOf() {
  const questions: { readonly questionId: number; readonly grantId: string }[] = [];
  const checks = new CallerChecks((question) => void questions.push(question));
  return { checks, questions };
}

test('an answer is remembered for its connection and grant alone', async () => {
  const { checks, questions } = checksOf();
  const verdict = checks.check(loopback, 'grant_1');
  checks.answered(questions[0]?.questionId ?? 0, 'allowed');
  expect(await verdict).toBe('allowed');
  expect(checks.recall(loopback, 'grant_1')).toBe('allowed');
  expect(checks.recall(loopback, 'grant_2')).toBeUndefined();
  expect(checks.recall({ ...loopback } as Socket, 'grant_1')).toBeUndefined();
});

test('what could not be told, or not in time, is asked again', async () => {
  const { checks, questions } = checksOf();
  const untold = checks.check(loopback, 'grant_1');
  checks.answered(questions[0]?.questionId ?? 0, 'unknown');
  expect(await untold).toBe('unknown');
  const late = checks.check(loopback, 'grant_1');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await late).toBeNull();
  checks.answered(questions[1]?.questionId ?? 0, 'allowed');
  expect(checks.recall(loopback, 'grant_1')).toBeUndefined();
});

test('answers find their questions, whatever their order', async () => {
  const { checks, questions } = checksOf();
  const first = checks.check(loopback, 'grant_1');
  const second = checks.check(loopback, 'grant_2');
  checks.answered(questions[1]?.questionId ?? 0, 'outside-tree');
  checks.answered(questions[0]?.questionId ?? 0, 'allowed');
  expect(await Promise.all([first, second])).toEqual(['allowed', 'outside-tree']);
});

test('a unix socket has no ports by which its caller could be found', async () => {
  const { checks, questions } = checksOf();
  expect(await checks.check({} as Socket, 'grant_1')).toBe('unknown');
  expect(questions).toEqual([]);
});
