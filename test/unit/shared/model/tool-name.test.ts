import { expect, test } from 'vitest';
import { toolNameSchema } from '#shared/model/access.ts';

test.each([
  ['Claude Code', 'Claude Code'],
  ['  aider ', 'aider'],
  ['\uFF43\uFF4C\uFF41\uFF55\uFF44\uFF45', 'claude'],
  ['claude\u00A0code', 'claude code'],
  ['Cafe\u0301', 'Caf\u00E9'],
  ['\u043F\u043E\u043C\u043E\u0449\u043D\u0438\u043A', '\u043F\u043E\u043C\u043E\u0449\u043D\u0438\u043A'],
  ['\u0939\u093F\u0928\u094D\u0926\u0940', '\u0939\u093F\u0928\u094D\u0926\u0940'],
  ['\u7F16\u7801 agent', '\u7F16\u7801 agent'],
])('the name %j is %j', (sent, name) => {
  expect(toolNameSchema.parse(sent)).toBe(name);
});

test.each([
  ['a Cyrillic letter among Latin ones', 'cl\u0430ude'],
  ['a Greek one', 'c\u03BFdex'],
  ['two blanks', 'claude  code'],
  ['a letter that shows nothing', 'claude\u3164'],
  ['a blank of Braille', 'claude\u2800code'],
  ['a joiner', 'clau\u034Fde'],
  ['a turn of direction', 'claude\u202Eedoc'],
  ['a line', 'claude\nallowed'],
  ['an escape', 'claude\u001B[2K'],
  ['a long text that only fails at its end', `${'a'.repeat(63)}\u2800`],
])('a name with %s is none', (_what, name) => {
  expect(toolNameSchema.safeParse(name).success).toBe(false);
});
