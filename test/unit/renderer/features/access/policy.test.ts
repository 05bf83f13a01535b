import { describe, expect, it } from 'vitest';
import { describePolicy } from '#renderer/components/policy/describe-policy.ts';
import { describeEnding } from '#renderer/features/access/describe-ending.ts';
import { emptyPolicyFields, readPolicyFields } from '#renderer/features/access/policy-draft.ts';
import type { PolicyDraft } from '#shared/model/access.ts';

const names: Readonly<Record<string, string>> = { openai: 'OpenAI', gemini: 'Gemini' };
const nameOf = (id: string): string => names[id] ?? id;

const allowing: PolicyDraft = {
  effect: 'allow',
  tool: 'aider',
  scopes: ['openai:chat'],
  executable: '/usr/bin/aider',
  executableHash: null,
  folder: '/home/sam/src/site',
  ttlSeconds: 3_600,
  uses: null,
  budgetMicroUsd: 2_000_000,
};

describe('describePolicy', () => {
  it('says all that a bound permission does', () => {
    expect(describePolicy(allowing, nameOf)).toBe(
      'aider may chat with OpenAI models without asking, only from /usr/bin/aider in ~/src/site, for 1 hour each time, up to $2.00.',
    );
  });

  it('says that a program has to stay as it is', () => {
    expect(describePolicy({ ...allowing, executableHash: 'ab' }, nameOf)).toContain(
      'only from /usr/bin/aider (while unchanged) in ~/src/site, for 1 hour',
    );
    expect(describePolicy({ ...allowing, executableHash: 'ab', folder: null }, nameOf)).toContain(
      'only from /usr/bin/aider (while unchanged), for 1 hour',
    );
  });

  it('says plainly when any program can claim the name', () => {
    const anywhere = { ...allowing, executable: null, folder: null, budgetMicroUsd: null, uses: 3 };
    expect(describePolicy(anywhere, nameOf)).toBe(
      'aider may chat with OpenAI models without asking, by any program that calls itself aider, for 1 hour each time, 3 calls at most.',
    );
  });

  it('joins several scopes and keeps their models', () => {
    const several = { ...allowing, scopes: ['openai:chat:gpt-5*', 'gemini:embeddings', '*:models'] };
    expect(describePolicy(several, nameOf)).toContain(
      'chat with OpenAI models (gpt-5*), create embeddings at Gemini and list the models of every provider',
    );
  });

  it('leaves lifetime and money out of a denial', () => {
    const denial = describePolicy({ ...allowing, effect: 'deny', scopes: ['openai:chat', '*:*'] }, nameOf);
    expect(denial).toBe(
      'aider is refused without asking you whenever it wants to chat with OpenAI models or do anything at every provider, only from /usr/bin/aider in ~/src/site.',
    );
  });
});

describe('readPolicyFields', () => {
  const filled = { ...emptyPolicyFields('allow'), tool: 'aider', abilities: ['openai:chat', 'gemini:chat'] };

  it('makes a policy of the least that is needed', () => {
    expect(readPolicyFields(filled)).toEqual({
      draft: {
        effect: 'allow',
        tool: 'aider',
        scopes: ['openai:chat', 'gemini:chat'],
        executable: null,
        executableHash: null,
        folder: null,
        ttlSeconds: 900,
        uses: null,
        budgetMicroUsd: null,
      },
      problems: {},
    });
  });

  it('narrows every scope to the models', () => {
    expect(readPolicyFields({ ...filled, models: ' gpt-5* ' }).draft?.scopes).toEqual([
      'openai:chat:gpt-5*',
      'gemini:chat:gpt-5*',
    ]);
  });

  it('reads money and calls', () => {
    const { draft } = readPolicyFields({ ...filled, budget: '$2.50', uses: '10' });
    expect(draft).toMatchObject({ budgetMicroUsd: 2_500_000, uses: 10 });
  });

  it('names every field that is wrong', () => {
    const wrong = {
      ...filled,
      tool: ' ',
      abilities: [],
      models: 'gpt 5',
      executable: 'aider',
      folder: '~/src',
      budget: 'two',
      uses: '1.5',
    };
    const { draft, problems } = readPolicyFields(wrong);
    expect(draft).toBeNull();
    expect(Object.keys(problems).sort()).toEqual(
      ['abilities', 'budget', 'executable', 'folder', 'models', 'tool', 'uses'].sort(),
    );
  });

  it('does not let the limits of a permission stop a denial', () => {
    const { draft } = readPolicyFields({ ...filled, effect: 'deny', budget: 'two', uses: 'x' });
    expect(draft).toMatchObject({ effect: 'deny', uses: null, budgetMicroUsd: null });
  });
});

describe('describeEnding', () => {
  it('says who ended it by hand', () => {
    expect(describeEnding('revoked by dashboard')).toEqual({
      tone: 'red',
      text: 'ended by hand',
      explanation: 'Ended by you, in this window.',
    });
  });

  it.each(['expired', 'spent', 'lock', 'run-exited', 'panic'])('has words for %s', (reason) => {
    expect(describeEnding(reason).text).not.toBe(reason);
  });

  it('names the rule that ended it', () => {
    expect(describeEnding('watch: new-model')).toEqual({
      ...{ tone: 'red', text: 'irregular use' },
      explanation: 'Ended by a rule: First use of a model.',
    });
    expect(describeEnding('watch: of-old').explanation).toContain('watch: of-old');
  });

  it('keeps a reason it does not know', () => {
    expect(describeEnding('solar flare').text).toBe('solar flare');
    expect(describeEnding(null).text).toBe('ended');
  });
});
