import { expect, test } from 'vitest';
import { maskArguments } from '#main/host/peer/mask-arguments.ts';

const secret = `sk-proj-${'Ab1'.repeat(12)}`;

test.each([
  [
    ['claude', '-p', 'fix the tests in src/main.ts'],
    ['claude', '-p', 'fix the tests in src/main.ts'],
  ],
  [
    ['tool', '--api-key', secret],
    ['tool', '--api-key', '…'],
  ],
  [
    ['tool', `--api-key=${secret}`],
    ['tool', '--api-key=…'],
  ],
  [
    ['tool', '--password=hunter2'],
    ['tool', '--password=…'],
  ],
  [
    ['tool', '--password', 'hunter2'],
    ['tool', '--password', '…'],
  ],
  [
    ['env', `OPENAI_API_KEY=${secret}`, 'tool'],
    ['env', 'OPENAI_API_KEY=…', 'tool'],
  ],
  [
    ['tool', secret],
    ['tool', '…'],
  ],
  [
    ['tool', `use ${secret} please`],
    ['tool', 'use … please'],
  ],
  [
    ['tool', `--model=${secret}`],
    ['tool', '--model=…'],
  ],
  [
    ['curl', '-H', `Authorization: Bearer ${secret}`],
    ['curl', '-H', 'Authorization: …'],
  ],
  [
    ['curl', '-H', 'x-api-key: abc'],
    ['curl', '-H', 'x-api-key: …'],
  ],
  [
    ['curl', 'https://ada:hunter2@example.com/x'],
    ['curl', 'https://ada:…@example.com/x'],
  ],
  [
    ['tool', 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'],
    ['tool', '…'],
  ],
  [
    ['tool', 'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6'],
    ['tool', '…'],
  ],
  [
    ['tool', '--keyboard', 'qwerty', '--tokens=200'],
    ['tool', '--keyboard', 'qwerty', '--tokens=200'],
  ],
  [
    ['/usr/lib/node_modules/@anthropic-ai/claude-code/cli.js'],
    ['/usr/lib/node_modules/@anthropic-ai/claude-code/cli.js'],
  ],
  [
    ['tool', '--token', '--verbose'],
    ['tool', '--token', '--verbose'],
  ],
])('%j is shown as %j', (given, shown) => {
  expect(maskArguments(given)).toEqual(shown);
});

test('long arguments and long lists are cut', () => {
  const shown = maskArguments(['x '.repeat(1_000), ...Array.from({ length: 100 }, () => 'a')]);
  expect(shown).toHaveLength(64);
  expect(shown[0]?.length).toBeLessThanOrEqual(401);
});
