import { describe, expect, it } from 'vitest';
import { type Capability, capabilities } from '#shared/model/scope.ts';
import { compileScopes, globMatches, parseScope, scopeCovers, scopesCover } from '#shared/policy/match-scope.ts';

/** Numbers between 0 and 1 that are the same in every run (a linear congruential generator). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function pick<T>(random: () => number, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}

function word(random: () => number, letters: readonly [string, ...string[]], longest: number): string {
  return Array.from({ length: Math.floor(random() * (longest + 1)) }, () => pick(random, letters)).join('');
}

/** What a glob means, by definition: every `*` may stand for any run of characters. */
function matchesByDefinition(glob: string, text: string): boolean {
  if (glob === '') {
    return text === '';
  }
  if (glob.startsWith('*')) {
    return matchesByDefinition(glob.slice(1), text) || (text !== '' && matchesByDefinition(glob, text.slice(1)));
  }
  return glob[0] === text[0] && matchesByDefinition(glob.slice(1), text.slice(1));
}

describe('parseScope', () => {
  it.each([
    ['openai:chat', { provider: 'openai', capability: 'chat', model: null }],
    ['openai:chat:gpt-5*', { provider: 'openai', capability: 'chat', model: 'gpt-5*' }],
    ['*:models', { provider: '*', capability: 'models', model: null }],
    ['gemini:*', { provider: 'gemini', capability: '*', model: null }],
    ['ollama:chat:llama3.2:3b', { provider: 'ollama', capability: 'chat', model: 'llama3.2:3b' }],
    ['openrouter:chat:anthropic/*', { provider: 'openrouter', capability: 'chat', model: 'anthropic/*' }],
  ])('%s', (token, scope) => {
    expect(parseScope(token)).toEqual(scope);
  });

  it.each([
    '',
    'openai',
    'openai:',
    'openai:admin',
    'OpenAI:chat',
    'openai:chat:',
    'openai:chat:a b',
    ' openai:chat',
    'openai:chat\n',
    '**:chat',
    ':chat',
  ])('refuses %j', (token) => {
    expect(parseScope(token)).toBeNull();
  });
});

describe('globMatches', () => {
  it('agrees with the definition', () => {
    const random = sequence(7);
    let matches = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const glob = word(random, ['a', 'b', '*'], 6);
      const text = word(random, ['a', 'b', '*'], 7);
      const wanted = matchesByDefinition(glob, text);
      matches += wanted ? 1 : 0;
      expect([glob, text, globMatches(glob, text)]).toEqual([glob, text, wanted]);
    }
    expect(matches).toBeGreaterThan(1_000);
  });

  it.each(['gpt-5.1', 'gpt-5+', '(gpt-5)', 'gpt-[5]', 'gpt-5$', '^gpt-5', 'gpt-5?'])(
    'takes %s for nothing but itself',
    (glob) => {
      expect(globMatches(glob, glob)).toBe(true);
      expect(globMatches(glob, 'gpt-5')).toBe(false);
      expect(globMatches(glob, 'gpt-501')).toBe(false);
    },
  );

  it('minds case and whole names', () => {
    expect(globMatches('gpt-5', 'GPT-5')).toBe(false);
    expect(globMatches('gpt-5', 'gpt-5-mini')).toBe(false);
    expect(globMatches('gpt-5*', 'my-gpt-5')).toBe(false);
  });

  it('answers patterns that make backtracking explode', () => {
    expect(globMatches(`${'*a'.repeat(60)}*b`, 'a'.repeat(100_000))).toBe(false);
  });
});

describe('scopeCovers', () => {
  const providers = ['openai', 'gemini', '*'] as const;
  const kinds = ['chat', 'models', '*'] as const;

  it('never covers what it does not allow', () => {
    const random = sequence(11);
    let covered = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const token = () => {
        const model = word(random, ['a', 'b', '*'], 4);
        return `${pick(random, providers)}:${pick(random, kinds)}${model === '' ? '' : `:${model}`}`;
      };
      const [heldToken, wantedToken] = [token(), token()];
      const held = parseScope(heldToken);
      const wanted = parseScope(wantedToken);
      if (held === null || wanted === null || !scopeCovers(held, wanted)) {
        continue;
      }
      covered += 1;
      const need = {
        provider: pick(random, ['openai', 'gemini', 'mistral']),
        capability: pick<Capability>(random, ['chat', 'models', 'audio']),
        model: pick(random, [null, word(random, ['a', 'b', 'c'], 5)]),
      };
      const allows = (token: string) => compileScopes([token]).allows(need.provider, need.capability, need.model);
      if (allows(wantedToken)) {
        expect([heldToken, wantedToken, need, allows(heldToken)]).toEqual([heldToken, wantedToken, need, true]);
      }
    }
    expect(covered).toBeGreaterThan(500);
  });

  it.each([
    ['openai:chat', 'openai:chat', true],
    ['openai:chat', 'openai:chat:gpt-5*', true],
    ['openai:chat:gpt-*', 'openai:chat:gpt-5*', true],
    ['openai:chat:gpt-5*', 'openai:chat:gpt-*', false],
    ['openai:chat:*', 'openai:chat', false],
    ['openai:chat:gpt-5', 'openai:chat', false],
    ['openai:*', 'openai:chat', true],
    ['openai:chat', 'openai:*', false],
    ['*:chat', 'openai:chat', true],
    ['openai:chat', '*:chat', false],
    ['openai:chat:*mini', 'openai:chat:gpt-5-mini', true],
    ['openai:chat:*mini', 'openai:chat:*', false],
    ['not a scope', 'openai:chat', false],
    ['*:*', 'not a scope', false],
  ])('%s covers %s: %s', (held, wanted, answer) => {
    expect(scopesCover([held], [wanted])).toBe(answer);
  });

  it('wants every scope covered', () => {
    expect(scopesCover(['openai:chat', '*:models'], ['openai:chat:gpt-5', 'gemini:models'])).toBe(true);
    expect(scopesCover(['openai:chat', '*:models'], ['openai:chat', 'openai:files'])).toBe(false);
    expect(scopesCover([], [])).toBe(true);
  });
});

describe('compileScopes', () => {
  it('refuses what no scope names', () => {
    const scopes = compileScopes(['openai:chat']);
    for (const capability of Object.keys(capabilities) as Capability[]) {
      expect(scopes.allows('openai', capability, 'gpt-5')).toBe(capability === 'chat');
      expect(scopes.allows('anthropic', capability, 'gpt-5')).toBe(false);
    }
    expect(compileScopes([]).allows('openai', 'chat', 'gpt-5')).toBe(false);
  });

  it('refuses a request without a model where the scope names one', () => {
    const scopes = compileScopes(['openai:chat:gpt-5*', 'openai:models', 'gemini:*:*']);
    expect(scopes.allows('openai', 'chat', null)).toBe(false);
    expect(scopes.allows('openai', 'chat', 'gpt-5-mini')).toBe(true);
    expect(scopes.allows('openai', 'models', null)).toBe(true);
    expect(scopes.allows('gemini', 'chat', null)).toBe(false);
  });

  it('says when the model decides', () => {
    const scopes = compileScopes(['openai:chat:gpt-5*', 'anthropic:chat', 'anthropic:chat:claude-*']);
    expect(scopes.needsModel('openai', 'chat')).toBe(true);
    expect(scopes.needsModel('anthropic', 'chat')).toBe(false);
    expect(scopes.needsModel('gemini', 'chat')).toBe(false);
  });

  it('leaves out tokens that can\u2019t be read', () => {
    const scopes = compileScopes(['openai:everything', 'openai', '*', 'gemini:chat']);
    expect(scopes.allows('openai', 'chat', 'gpt-5')).toBe(false);
    expect(scopes.allows('gemini', 'chat', null)).toBe(true);
  });
});
