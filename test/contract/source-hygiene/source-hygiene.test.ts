import { describe, expect, test } from 'vitest';
import { readSources } from '../source-files.ts';
import { checkBridgeUse, checkSource } from './check-source.ts';

const production = readSources(['shared', 'main', 'renderer']);

describe('the sources', () => {
  test('keep to the style', () => {
    const problems = [...production].flatMap(([file, source]) => checkSource(file, source));
    expect(problems, problems.join('\n')).toEqual([]);
  });

  test('touch the bridge to the main process in one room alone', () => {
    const problems = [...production].flatMap(([file, source]) => checkBridgeUse(file, source));
    expect(problems, problems.join('\n')).toEqual([]);
  });
});

describe('a breach of the style is caught', () => {
  test.each([
    ['any', 'const a: any = 1;', 'main/a.ts:1 uses any'],
    ['any inside a generic', 'const a: Map<string, any> = b;', 'main/a.ts:1 uses any'],
    ['a raw error', "throw new Error('no');", 'main/a.ts:1 throws a raw Error; use TollkeeperError with a code'],
    ['a leftover', '\n// TODO later\n', 'main/a.ts:2 has a comment with TODO'],
    ['a silenced rule', '// biome-ignore lint: because\n', 'main/a.ts:1 has a comment with biome-ignore'],
    ['an unexplained export', 'export function a() {}', 'main/a.ts:1 exports a without a doc comment'],
    [
      'a plain comment on an export',
      '/* a */\nexport const a = 1;',
      'main/a.ts:2 exports a value without a doc comment',
    ],
    ['a long file', `${'\n'.repeat(400)}a();`, 'main/a.ts has 401 lines; 400 are the most'],
    ['a provider', "const a = 'mistral';", 'main/a.ts:1 names the provider mistral outside shared/provider'],
    ['a decision', "const a = provider.id === 'openai';", 'main/a.ts:1 decides by a provider’s name'],
    ['a switch', "switch (provider) { case 'gemini': }", 'main/a.ts:1 decides by a provider’s name'],
  ])('%s', (_what, source, problem) => {
    expect(checkSource('main/a.ts', source)).toEqual([problem]);
  });

  test('a window that goes around renderer/api', () => {
    const source = "const keys = await window.api.call('keys');";
    expect(checkBridgeUse('renderer/features/usage/a.ts', source)).toHaveLength(1);
    expect(checkBridgeUse('renderer/api/client.ts', source)).toEqual([]);
  });
});

describe('the style allows', () => {
  test.each([
    ['a wire format by name', "const a = dialect === 'anthropic';"],
    ['a documented export', '/** Adds one. */\nexport function a() {}'],
    ['an error with a code', "throw new TollkeeperError('vault_locked');"],
  ])('%s', (_what, source) => {
    expect(checkSource('main/a.ts', source)).toEqual([]);
  });

  test('providers in their own table', () => {
    expect(checkSource('shared/provider/mistral.ts', "const id = 'mistral';")).toEqual([]);
  });
});
