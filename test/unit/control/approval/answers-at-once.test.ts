import { afterEach, expect, test } from 'vitest';
import { demandOf } from '../control-bench.ts';
import { callerOf, type RunningControl, startControl } from '../running-control.ts';

const rounds = 1_000;
const cli = callerOf();
const prompt = callerOf('prompt');
let running: RunningControl | null = null;

afterEach(() => running?.control.close(0));

test('of approve and deny at once exactly one wins, a thousand times, and the asker hears that one', async () => {
  running = await startControl();
  const { control } = running;
  let granted = 0;
  for (let round = 0; round < rounds; round += 1) {
    const { id } = await control.perform('request.create', demandOf({ tool: `tool-${round}` }), cli);
    const heard = control.perform('request.wait', { id }, cli).then(
      () => 'granted',
      ({ code }: { code: string }) => code,
    );
    const acts = [
      () => control.perform('request.approve', { id, approval: {} }, cli),
      () => control.perform('request.deny', { id }, prompt),
    ];
    const answers = await Promise.allSettled((round % 2 === 0 ? acts : acts.toReversed()).map((act) => act()));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await heard).toBe(round % 2 === 0 ? 'granted' : 'access_denied');
    const living = (await control.perform('grant.list', {}, cli)).filter(({ status }) => status === 'active');
    expect(living).toHaveLength(round % 2 === 0 ? 1 : 0);
    for (const grant of living) {
      granted += 1;
      await control.perform('grant.revoke', { id: grant.id }, cli);
    }
  }
  expect(granted).toBe(rounds / 2);
}, 120_000);
