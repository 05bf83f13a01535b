import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';

test('nothing is made before it is looked into, and then once', () => {
  const make = vi.fn(() => ({ word: 'hello' }));
  const lazy = lazily(make);
  expect(make).not.toHaveBeenCalled();
  expect([lazy.word, lazy.word]).toEqual(['hello', 'hello']);
  expect(make).toHaveBeenCalledTimes(1);
});

test('it has the names, the values and the kind of what it stands for', () => {
  const lazy = lazily(() => Object.freeze({ one: 1, two: 2 }));
  expect(Object.keys(lazy)).toEqual(['one', 'two']);
  expect({ ...lazy, three: 3 }).toEqual({ one: 1, two: 2, three: 3 });
  expect('one' in lazy).toBe(true);
  expect(Object.hasOwn(lazy, 'toString')).toBe(false);
  expect(lazily(() => new Date(0))).toBeInstanceOf(Date);
});

test('schemas are made of lazy ones, and read as if those stood there', () => {
  const made: string[] = [];
  const inner = lazily(() => {
    made.push('inner');
    return z.object({ kind: z.literal('a'), size: z.number() });
  });
  const outer = lazily(() => z.object({ list: z.array(inner), one: z.discriminatedUnion('kind', [inner]).optional() }));
  const wider = lazily(() => inner.extend({ more: z.boolean() }));
  expect(made).toEqual([]);
  const item = { kind: 'a', size: 1 };
  expect(outer.parse({ list: [item], one: item })).toEqual({ list: [item], one: item });
  expect(outer.safeParse({ list: [{ kind: 'b', size: 1 }] }).error?.issues[0]?.path).toEqual(['list', 0, 'kind']);
  expect(wider.safeParse({ ...item, more: 'yes' }).success).toBe(false);
  expect(inner).toBeInstanceOf(z.ZodObject);
  expect(made).toEqual(['inner']);
});

test('what could not be made is tried again', () => {
  let failures = 1;
  const lazy = lazily(() => {
    if (failures-- > 0) throw new TypeError('not yet');
    return { word: 'now' };
  });
  expect(() => lazy.word).toThrow('not yet');
  expect(lazy.word).toBe('now');
});
