import { describe, expect, it } from 'vitest';
import { describePrice, formatLineCost } from '#renderer/features/activity/cost-words.ts';
import { ageOf, describeRates, emptyPriceFields, readPriceFields } from '#renderer/features/settings/price-values.ts';
import { parseProxy, parseSeconds } from '#renderer/features/settings/settings-values.ts';

describe('network settings as typed', () => {
  it.each([
    ['http://proxy.example.com:8080', { value: 'http://proxy.example.com:8080' }],
    [' https://10.0.0.1 ', { value: 'https://10.0.0.1' }],
  ])('takes %s', (text, value) => {
    expect(parseProxy(text)).toEqual(value);
  });

  it.each(['proxy:8080', 'socks5://proxy', 'http://sam:secret@proxy:8080', '', 'none', 'environment'])(
    'refuses %s',
    (text) => {
      expect(parseProxy(text)).toHaveProperty('problem');
    },
  );

  it('takes whole seconds up to the highest', () => {
    expect(parseSeconds('120', 120)).toEqual({ value: 120 });
    for (const text of ['0', '121', '1.5', '', '-1']) expect(parseSeconds(text, 120)).toHaveProperty('problem');
  });
});

describe('a price of one\u2019s own', () => {
  const whole = {
    provider: 'openai',
    model: 'gpt-5-mini',
    rates: { ...emptyPriceFields.rates, input: '1.25', output: '10', cachedInput: '0' },
  };

  it('is in micro-dollars, and may be nothing', () => {
    expect(readPriceFields(whole)).toEqual({
      price: {
        provider: 'openai',
        model: 'gpt-5-mini',
        rates: { input: 1_250_000, output: 10_000_000, cachedInput: 0 },
      },
    });
  });

  it.each([
    ['no provider', { ...whole, provider: null }],
    ['no model', { ...whole, model: ' ' }],
    ['no output', { ...whole, rates: { ...whole.rates, output: '' } }],
    ['words', { ...whole, rates: { ...whole.rates, input: 'much' } }],
  ])('needs more than %s', (_name, fields) => {
    expect(readPriceFields(fields)).toHaveProperty('problem');
  });

  it('is told in one line', () => {
    expect(describeRates({ input: 1_250_000, output: 10_000_000 })).toBe('$1.25 input \u00b7 $10.00 output');
  });
});

describe('the age of a price list', () => {
  it.each([
    ['genai-prices 0.1.8 (2026-11-12)', '10 days old'],
    ['genai-prices 0.1.9 (2026-11-21)', '1 day old'],
    ['genai-prices 0.2.0 (2026-11-22)', 'of today'],
    ['own', ''],
  ])('%s', (version, age) => {
    expect(ageOf(version, Date.parse('2026-11-22T12:00:00.000Z'))).toBe(age);
  });
});

describe('a line of a cost', () => {
  const line = {
    kind: 'input',
    title: 'input',
    amount: 10,
    unit: 'token',
    per: 1_000_000,
    costMicroUsd: 6.25,
  } as const;

  it('says its price with the share that a class of service costs', () => {
    expect(describePrice({ ...line, priceMicroUsd: 1_250_000, percent: 100 })).toBe('$1.25 / M');
    expect(describePrice({ ...line, priceMicroUsd: 125_000, percent: 50 })).toBe('$0.125 / M \u00d7 50%');
    expect(describePrice({ ...line, unit: 'search', per: 1_000, priceMicroUsd: 10_000_000, percent: 100 })).toBe(
      '$10.00 / 1,000',
    );
  });

  it('can be added up by eye', () => {
    expect(formatLineCost(6.25)).toBe('$0.000006');
    expect(formatLineCost(10_920)).toBe('$0.010920');
  });
});
