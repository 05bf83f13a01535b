import { describe, expect, test } from 'vitest';
import type { CostExplanation } from '#shared/model/explanation.ts';
import type { ListedPrice, PriceState } from '#shared/model/price-report.ts';
import { type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { testHome } from './run-cli.ts';
import { samples } from './samples.ts';

const version = 'genai-prices 0.1.8 (2026-09-23)';
const listed: ListedPrice = {
  ...{ provider: 'openai', model: 'gpt-5', source: 'catalogue', priceVersion: version, contextWindow: 400_000 },
  steps: [
    { above: 0, rates: { input: 1_250_000, cachedInput: 2_800, output: 10_000_000 } },
    { above: 272_000, rates: { input: 2_500_000, output: 15_000_000 } },
  ],
};
const state: PriceState = {
  ...{ version, sha256: 'a'.repeat(64), shippedVersion: version },
  own: [{ provider: 'openai', model: 'gpt-5', rates: { input: 1_000_000 } }],
};
const explanation: CostExplanation = {
  ...{
    requestId: 'r1',
    provider: 'openai',
    model: 'gpt-5',
    costMicroUsd: 93,
    source: 'catalogue',
    priceVersion: version,
  },
  ...{ listedAs: 'gpt-5', serviceTier: 'flex', estimated: true, sumMicroUsd: 92.55, isWhole: true },
  lines: [
    {
      ...{ kind: 'input', title: 'input', amount: 1_234, unit: 'token', priceMicroUsd: 150_000, per: 1_000_000 },
      ...{ percent: 50, costMicroUsd: 92.55 },
    },
  ],
  notes: ['Tokens were counted here.'],
};
const difference = {
  ...{ provider: 'google', model: 'gemini-2.5-pro', kind: 'cachedInput' as const },
  ...{ priceMicroUsd: null, otherMicroUsd: 312_500 },
};
const handlers: FakeHandlers = {
  'price.list': () => [listed],
  'price.read': () => state,
  'price.find': () => listed,
  'price.set': () => state,
  'price.unset': () => ({ ...state, own: [] }),
  'price.update': () => ({ changed: true, before: version, version: 'genai-prices 0.1.9 (2026-11-20)' }),
  'price.check': () => ({ version, otherVersion: 'llm-zoo 1.37.0', compared: 64, differences: [difference] }),
  'usage.explain': () => explanation,
  'usage.list': () => ({ total: 1, offset: 0, records: [{ ...samples.record, estimated: true }] }),
};

describe('toll prices', () => {
  test.each<readonly [string, string, unknown]>([
    ['prices list gpt --provider openai', 'price.list', { text: 'gpt', provider: 'openai' }],
    ['prices show openrouter/openai/gpt-5', 'price.find', { provider: 'openrouter', model: 'openai/gpt-5' }],
    [
      'prices set openai gpt-5* --input 1.25 --output 0 --cached-input 0.0028 --cache-write-1h 2 --audio-hour 0.36',
      'price.set',
      {
        ...{ provider: 'openai', model: 'gpt-5*' },
        rates: { input: 1_250_000, output: 0, cachedInput: 2_800, longCacheWrite: 2_000_000, audio: 360_000 },
      },
    ],
    ['prices unset openai gpt-5', 'price.unset', { provider: 'openai', model: 'gpt-5' }],
    ['prices update', 'price.update', {}],
    ['prices check', 'price.check', {}],
    ['usage explain r1', 'usage.explain', { requestId: 'r1' }],
  ])('toll %s', async (line, name, input) => {
    const home = testHome();
    const control = await startFakeControl(home.paths, handlers);
    const { code, stdout, stderr } = await home.toll([...line.split(' '), '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(control.calls).toEqual([{ name, input }]);
    expect(JSON.parse(stdout)).toEqual(await handlers[name as 'price.read']?.({}));
  });

  test.each([
    'prices set openai gpt-5 --input cheap',
    'prices set openai gpt-5 --input -1',
    'prices set openai gpt-5 --input 0.0000001',
    'prices set openai',
    'prices show gpt-5',
    'usage explain',
  ])('toll %s is wrong usage', async (line) => {
    const home = testHome();
    await startFakeControl(home.paths, handlers);
    expect((await home.toll(line.split(' '))).code).toBe(2);
  });

  test.each([
    ['prices list', ['$1.25+', '$0.0028+', '400,000', 'list', version]],
    ['prices show openai/gpt-5', ['cached input', '$0.0028', '272,000 tokens', '$15.00']],
    ['prices set openai gpt-5 --input 1', ['from now on']],
    ['prices update', ['genai-prices 0.1.9 (2026-11-20) now']],
    ['prices check', ['cached input', 'none', '$0.3125', '1 prices of 64 models differ']],
    [
      'usage explain r1',
      ['\u2248$0.000093', '1,234 tokens', '$0.15', '50 %', '92.55', '93', 'Tokens were counted here.'],
    ],
    ['usage', ['\u2248$']],
  ] as const)('toll %s shows people what matters', async (line, words) => {
    const home = testHome();
    await startFakeControl(home.paths, handlers);
    const { stdout } = await home.toll(line.split(' '));
    for (const word of words) expect(stdout).toContain(word);
  });
});
