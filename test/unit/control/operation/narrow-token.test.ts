import { describe, expect, test } from 'vitest';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { callerOf, type RunningControl, startControl } from '../running-control.ts';

async function granted({ control }: RunningControl): Promise<string> {
  const demand = {
    tool: 'codey',
    scopes: ['openai:chat'],
    ttlSeconds: 900,
    uses: 5,
    budgetMicroUsd: null,
    purpose: null,
  };
  const { id } = await control.perform('request.create', demand, callerOf());
  await control.perform('request.approve', { id, approval: {} }, callerOf());
  return (await control.perform('request.wait', { id }, callerOf())).token;
}

describe('narrowing a token over the control socket', () => {
  test('gives a sub-agent its own, which the list shows below the one it stems from', async () => {
    const running = await startControl();
    const { control } = running;
    const token = await granted(running);
    const input = { token, delegate: 'searcher', uses: 2, scopes: ['openai:chat:gpt-5*'], reference: true };
    const made = await control.perform('token.narrow', input, callerOf());
    expect(made.token).toMatch(/^tk_/);
    expect(made.scopes).toEqual(['openai:chat:gpt-5*']);
    const again = await control.perform('token.narrow', { token: made.token, delegate: 'reader' }, callerOf());
    expect(again.parentGrantId).toBe(made.grantId);
    const grants = await control.perform('grant.list', {}, callerOf());
    expect(grants).toMatchObject([
      { id: again.grantId, parentGrantId: made.grantId, delegate: 'reader', usesLeft: 2 },
      { id: made.grantId, parentGrantId: made.parentGrantId, delegate: 'searcher', usesLeft: 2 },
      { id: made.parentGrantId, parentGrantId: null, delegate: null, usesLeft: 5 },
    ]);
  });

  test('refuses what is wider, and what is no token', async () => {
    const running = await startControl();
    const token = await granted(running);
    const narrow = (changes: object) =>
      codeOf(running.control.perform('token.narrow', { token, delegate: 'searcher', ...changes }, callerOf()));
    expect(await narrow({ scopes: ['anthropic:chat'] })).toBe('insufficient_scope');
    expect(await narrow({ token: 'nonsense' })).toBe('invalid_token');
  });
});
