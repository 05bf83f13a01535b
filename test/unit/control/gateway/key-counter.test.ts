import { expect, it, vi } from 'vitest';
import { createKeyCounter } from '#main/control/gateway/key-counter.ts';
import type { ControlMessage } from '#shared/contract/port.ts';

function bench() {
  const asked: Extract<ControlMessage, { type: 'count-key' }>[] = [];
  let isRunning = true;
  const counter = createKeyCounter({ isRunning: () => isRunning, ask: (question) => void asked.push(question) });
  return {
    asked,
    counter,
    stop() {
      isRunning = false;
    },
  };
}

it('each question has its own answer, in whatever order they come', async () => {
  const { counter, asked } = bench();
  const first = counter.count('cred_a', 1);
  const second = counter.count('cred_b', 4);
  expect(asked).toMatchObject([
    { credentialId: 'cred_a', version: 1 },
    { credentialId: 'cred_b', version: 4 },
  ]);
  counter.answered(asked[1]?.questionId ?? 0, 5);
  counter.answered(asked[0]?.questionId ?? 0, 3);
  expect(await Promise.all([first, second])).toEqual([3, 5]);
});

it('no gateway holds no key, and one that dies takes its calls along', async () => {
  const { counter, asked, stop } = bench();
  const open = counter.count('cred_a', 1);
  counter.gatewayLost();
  expect(await open).toBe(0);
  stop();
  expect(await counter.count('cred_a', 1)).toBe(0);
  expect(asked).toHaveLength(1);
});

it('a gateway that does not answer is no proof that nothing runs', async () => {
  vi.useFakeTimers();
  try {
    const { counter } = bench();
    const open = counter.count('cred_a', 1);
    vi.advanceTimersByTime(3_000);
    expect(await open).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});
