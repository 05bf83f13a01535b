import { expect, test } from 'vitest';
import { collectUntil, parseTimeOfDay, readUntil, secondsUntil } from '#main/cli/until.ts';

const now = new Date(2026, 10, 22, 9, 0, 0, 500).getTime();

test('reads endings, of which several may hold', () => {
  expect(readUntil(undefined, now)).toBeNull();
  const words = ['18:00', 'lock', '17:30'].reduce<readonly string[]>((before, word) => collectUntil(word, before), []);
  expect(readUntil(words, now)).toEqual({ lock: true, at: new Date(2026, 10, 22, 17, 30).toISOString() });
  expect(readUntil(['run'], now)).toEqual({ run: true });
});

test('refuses what is no ending, and what is farther away than a token lives', () => {
  expect(() => collectUntil('tomorrow')).toThrow('18:00');
  expect(() => parseTimeOfDay('lock')).toThrow('18:00');
  expect(() => readUntil(['08:59'], now)).toThrow('12h');
  expect(secondsUntil('09:01', now)).toBe(59);
});
