import { describe, expect, test } from 'vitest';
import { readLiteral } from '#main/control/price/read-literal.ts';

describe('a literal', () => {
  test.each<readonly [string, unknown]>([
    ['{a: 1, "b": [2.5, -3e2, .5,], c: {}, }', { a: 1, b: [2.5, -300, 0.5], c: {} }],
    ["['x\\'y', `two\nlines`, \"\\u00e9\\n\"]", ["x'y", 'two\nlines', '\u00e9\n']],
    ['[!0, !1, true, false, null]', [true, false, true, false, null]],
    ['{1e6: 1}', { '1e6': 1 }],
  ])('%s', (source, value) => {
    expect(JSON.parse(JSON.stringify(readLiteral(source, 0)))).toEqual(value);
  });

  test.each([
    'x',
    'undefined',
    '{a: f()}',
    '[1 + 1]',
    ['`$', '{1}`'].join(''),
    '{get a() { return 1 }}',
    '[...x]',
    '{[a]: 1}',
    '"open',
    '[1',
    '{a 1}',
    '[1 2]',
    '!2',
    '/x/',
    'new Date()',
    '',
    '['.repeat(100),
  ])('refuses %s', (source) => {
    expect(() => readLiteral(source, 0)).toThrow(/can’t be read/);
  });

  test('gives no key a special meaning', () => {
    const value = readLiteral('{__proto__: {polluted: 1}, constructor: 2}', 0);
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect({}).not.toHaveProperty('polluted');
  });
});
