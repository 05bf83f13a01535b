import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AliasBookOptions, removeAlias, setAlias } from '#main/control/alias/alias-book.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import { type AliasDraft, aliasNameSchema, fallbackReasons } from '#shared/model/alias.ts';
import { providers } from '#shared/provider/index.ts';
import { createFakeClock, type FakeClock } from '#test/fakes/fake-clock.ts';
import { credentialRecord } from '#test/fixtures/registry-records.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

function bench(): AliasBookOptions & { readonly clock: FakeClock } {
  const registry = openRegistry({ path: join(temporaryFolder(), 'registry.db'), key: 'ab'.repeat(32) });
  onTestFinished(() => registry.close());
  return { registry, clock: createFakeClock(), providers };
}

function draft(changes: Partial<AliasDraft> = {}): AliasDraft {
  return {
    name: 'fast',
    targets: [{ provider: 'openai', model: 'gpt-5-mini' }],
    timeouts: { firstByteMs: 20_000 },
    fallbackOn: [...fallbackReasons],
    ...changes,
  };
}

describe('setting an alias', () => {
  it('keeps it and writes down what it leads to', () => {
    const options = bench();
    const { alias, unlisted } = setAlias(draft(), 'cli', options);
    expect(options.registry.aliases.list()).toEqual([alias]);
    expect(unlisted).toEqual([]);
    expect(options.registry.audit.list({ limit: 1 })).toMatchObject([
      { event: 'alias-set', actor: 'cli', subject: 'fast', detail: { targets: ['openai/gpt-5-mini'] } },
    ]);
  });

  it('takes the place of the one of that name, and remembers since when there is one', () => {
    const options = bench();
    const { alias: first } = setAlias(draft(), 'cli', options);
    options.clock.advance(60_000);
    const targets = [{ provider: 'anthropic', model: 'claude-haiku-4-5' }];
    const { alias: second } = setAlias(draft({ targets }), 'dashboard', options);
    expect(options.registry.aliases.list()).toEqual([second]);
    expect(second).toMatchObject({ targets, createdAt: first.createdAt });
    expect(second.updatedAt).not.toBe(first.updatedAt);
  });

  it.each<[string, Partial<AliasDraft>, string]>([
    ['a provider nobody knows', { targets: [{ provider: 'acme', model: 'x' }] }, 'unknown_provider'],
    [
      'the template of the user\u2019s own providers',
      { targets: [{ provider: 'custom', model: 'x' }] },
      'unknown_provider',
    ],
    ['the name of a provider', { name: 'openai' }, 'invalid_request'],
    [
      'a model twice',
      {
        targets: [
          { provider: 'openai', model: 'x' },
          { provider: 'openai', model: 'x' },
        ],
      },
      'invalid_request',
    ],
  ])('refuses %s and keeps nothing', (_name, changes, code) => {
    const options = bench();
    expect(() => setAlias(draft(changes), 'cli', options)).toThrowError(expect.objectContaining({ code }));
    expect(options.registry.aliases.list()).toEqual([]);
    expect(options.registry.audit.list({ limit: 1 })).toEqual([]);
  });

  it('takes a provider that the user named', () => {
    const options = bench();
    options.registry.credentials.insert(credentialRecord({ provider: 'house-llm', definition: 'custom' }));
    const targets = [{ provider: 'house-llm', model: 'org/model' }];
    expect(setAlias(draft({ targets }), 'cli', options).alias.targets).toEqual(targets);
  });

  it('says which models no key of the provider told of, where keys told of any', () => {
    const options = bench();
    const told = (id: string, provider: string, models: string[]) =>
      options.registry.credentials.insert(
        credentialRecord({
          ...{ id, provider },
          verification: {
            checkedAt: '2026-11-22T09:00:00.000Z',
            outcome: 'accepted',
            account: null,
            models,
            message: '',
          },
        }),
      );
    told('one', 'openai', ['gpt-5']);
    told('two', 'openai', ['gpt-5-mini']);
    told('three', 'gemini', ['models/gemini-2.5-flash']);
    const targets = [
      { provider: 'openai', model: 'gpt-5-mini' },
      { provider: 'openai', model: 'gpt-9' },
      { provider: 'gemini', model: 'gemini-2.5-flash' },
      { provider: 'mistral', model: 'anything' },
    ];
    expect(setAlias(draft({ targets }), 'cli', options).unlisted).toEqual(['openai/gpt-9']);
  });
});

describe('removing an alias', () => {
  it('takes it away once', () => {
    const options = bench();
    setAlias(draft(), 'cli', options);
    removeAlias('fast', 'cli', options);
    expect(options.registry.aliases.list()).toEqual([]);
    expect(options.registry.audit.list({ limit: 1 })).toMatchObject([{ event: 'alias-removed', subject: 'fast' }]);
    expect(() => removeAlias('fast', 'cli', options)).toThrowError(expect.objectContaining({ code: 'not_found' }));
  });
});

describe('the name of an alias', () => {
  it.each(['fast', 'claude-sonnet-latest', '4o', 'a.b_c-d'])('may be %s', (name) => {
    expect(aliasNameSchema.safeParse(name).success).toBe(true);
  });

  it.each(['openai/gpt-5', 'Fast', '', '-x', 'a b', 'x'.repeat(65), 'f\u00e4st'])('may not be %j', (name) => {
    expect(aliasNameSchema.safeParse(name).success).toBe(false);
  });
});
