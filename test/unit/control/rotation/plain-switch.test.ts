import { expect, test } from 'vitest';
import { createPlainSwitch } from '#main/control/rotation/plain-switch.ts';
import type { RunningRequest } from '#shared/model/usage.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';

function call(credentialId: string, startedAt: number): RunningRequest {
  return {
    ...{ requestId: 'req_1', startedAt: new Date(startedAt).toISOString(), tool: 'codex', provider: 'lab', model: 'm' },
    ...{ grantId: 'grant_1', credentialId, tokenId: null, endpoint: '/chat/completions', stream: true },
    ...{ outputTokens: 0, costMicroUsd: null },
  };
}

test('calls that were under way when the key changed hold the other key; the gateway gets a moment to tell of them', async () => {
  const clock = createFakeClock();
  const running: RunningRequest[] = [call('cred_a', clock.now() - 10), call('cred_b', clock.now() - 10)];
  let applied = 0;
  const traffic = createPlainSwitch({
    ...{ clock, running: () => running },
    apply: async () => {
      applied += 1;
    },
  });
  await traffic.promote('cred_a');
  expect(applied).toBe(1);
  clock.advance(1_000);
  running.push(call('cred_a', clock.now()));
  expect(await traffic.inFlight('cred_a', 1)).toBe(1);
  running.shift();
  expect(await traffic.inFlight('cred_a', 1)).toBe(0);
});

test('within the first second after the change nothing is taken for certain, nor after a restart', async () => {
  const clock = createFakeClock();
  const traffic = createPlainSwitch({ clock, running: () => [], apply: async () => undefined });
  await traffic.promote('cred_a');
  expect(await traffic.inFlight('cred_a', 1)).toBe(1);
  clock.advance(1_000);
  expect(await traffic.inFlight('cred_a', 1)).toBe(0);
  expect(await traffic.inFlight('cred_after_restart', 1)).toBe(1);
});
