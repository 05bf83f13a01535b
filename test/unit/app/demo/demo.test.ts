import { existsSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startDemo } from '#main/app/demo/demo.ts';
import { demoText } from '#main/app/demo/demo-answer.ts';
import { createDemoHome } from '#main/app/demo/demo-home.ts';
import type { Control } from '#main/control/control.ts';
import type { OperationArguments, OperationName } from '#shared/contract/operations.ts';

interface Scene {
  readonly control: Control;
  readonly fetch: typeof globalThis.fetch;
  readonly stored: readonly OperationArguments<'credential.add'>[];
}

/** A control plane and a gateway as the demo sees them: `answers` are what its polls get, in order. */
function scene(answers: readonly object[]): Scene {
  const stored: OperationArguments<'credential.add'>[] = [];
  const polls = [...answers];
  let called = false;
  const perform = async (name: OperationName, input: unknown): Promise<unknown> => {
    if (name === 'credential.add') stored.push(input as OperationArguments<'credential.add'>);
    if (name !== 'usage.summary' || !called) return [];
    return [
      {
        key: 'gpt-5-mini',
        requests: 1,
        inputTokens: 10,
        cachedInputTokens: 0,
        outputTokens: 90,
        costMicroUsd: 183,
        unpricedRequests: 0,
        estimatedRequests: 0,
      },
    ];
  };
  const control = {
    perform: perform as Control['perform'],
    onChange: () => () => undefined,
    away: () => undefined,
    systemIdle: () => undefined,
    gatewayUrl: 'http://gateway',
    close: async () => undefined,
  } satisfies Control;
  const fetch = async (url: Parameters<typeof globalThis.fetch>[0], options?: RequestInit): Promise<Response> => {
    const path = String(url).replace('http://gateway', '');
    if (path === '/oauth/device_authorization')
      return Response.json({ device_code: 'd', user_code: 'AAAA-BBBB', interval: 0 });
    if (path === '/oauth/token') return Response.json(polls.shift() ?? { error: 'access_denied' });
    called = true;
    const [first] = stored;
    const headers = { authorization: `Bearer ${first?.secret}`, 'content-type': 'application/json' };
    return globalThis.fetch(`${first?.baseUrl}${path.replace('/openai/v1', '')}`, { ...options, headers });
  };
  return { control, fetch, stored };
}

async function play({ control, fetch }: Scene): Promise<string> {
  let shown = '';
  const demo = await startDemo({
    control,
    fetch,
    gatewayUrl: 'http://gateway',
    wordDelayMs: 0,
    howToAnswer: (code) => `toll approve ${code}`,
    print: (text) => {
      shown += text;
    },
  });
  await demo.finished;
  await demo.close();
  return shown;
}

test('stores its key like any other, asks, streams the answer and charts it', async () => {
  const played = scene([{ error: 'authorization_pending' }, { access_token: 'T' }]);
  const shown = await play(played);
  expect(played.stored.map(({ provider, verify }) => [provider, verify])).toEqual([
    ['openai', true],
    ['anthropic', true],
    ['gemini', true],
  ]);
  expect(shown).toContain('toll approve AAAA-BBBB');
  expect(shown).toContain(demoText);
  expect(shown).toMatch(/gpt-5-mini +\u2588+ 100 tokens, \$0\.000183/);
  for (const { secret } of played.stored) expect(shown).not.toContain(secret);
});

test('asks again after a no, and gives up in the end', async () => {
  const shown = await play(scene([{ error: 'expired_token' }, { access_token: 'T' }]));
  expect(shown.match(/asks for access/g)).toHaveLength(2);
  expect(shown).toContain(demoText);
  const refused = await play(scene([]));
  expect(refused).toContain('no answer means no');
  expect(refused).not.toContain(demoText);
});

test('its home is fresh, private and gone afterwards', async () => {
  const { home, remove } = await createDemoHome();
  expect(statSync(home).mode & 0o777).toBe(0o700);
  await remove();
  expect(existsSync(home)).toBe(false);
});
