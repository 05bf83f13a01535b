import { describe, expect, it } from 'vitest';
import { isLoopbackHost, normalizeBaseUrl } from '#main/control/credential/base-url.ts';
import { cleanKey, fingerprintOf } from '#main/control/credential/key-form.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { findProvider, providers } from '#shared/provider/index.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { thrownBy } from '#test/fixtures/expect-error.ts';

function clean(id: string, key: string, customAddress = false): string {
  const provider = findProvider(id);
  if (provider === undefined) throw new TollkeeperError('unknown_provider');
  return cleanKey(key, { provider, others: Object.values(providers), customAddress, mayBeEmpty: provider.local });
}

describe('the form of a key', () => {
  it.each(Object.keys(providers))('takes what the form of %s describes, and trims it', (id) => {
    const key = findProvider(id)?.keyForm?.example ?? 'abcdefghijklmnopqrstuvwxyz012345';
    expect(clean(id, ` ${key}\r\n`)).toBe(key);
  });

  it.each([
    ['openai', canaryKey('anthropic'), 'Anthropic'],
    ['openai', findProvider('openrouter')?.keyForm?.example ?? '', 'OpenRouter'],
    ['openai', findProvider('gemini')?.keyForm?.example ?? '', 'Google Gemini'],
    ['anthropic', canaryKey('openai'), 'OpenAI'],
    ['mistral', canaryKey('groq'), 'Groq'],
  ])('refuses for %s what is a key of another provider, and says whose', (id, key, owner) => {
    const error = thrownBy(() => clean(id, key));
    expect(error.code).toBe('key_malformed');
    expect(error.message).toContain(owner);
    expect(error.message).not.toContain(key);
    expect(clean(id, key, true)).toBe(key);
  });

  it('lets pass what only looks unusual', () => {
    expect(clean('deepseek', canaryKey('deepseek'))).toBe(canaryKey('deepseek'));
    expect(clean('openai', 'sk-a-form-nobody-knows')).toBe('sk-a-form-nobody-knows');
    expect(clean('openai', 'something-new')).toBe('something-new');
  });

  it.each(['sk-one sk-two', 'sk-one\nsk-two', 'sk-öne', 'sk-\u0000', 'sk-“quoted”'])(
    'refuses %j, which no header carries',
    (key) => {
      expect(thrownBy(() => clean('openai', key, true)).code).toBe('key_malformed');
    },
  );

  it('lets only a local server do without', () => {
    expect(clean('ollama', '')).toBe('');
    expect(thrownBy(() => clean('openai', '')).code).toBe('key_malformed');
  });

  it('shows four characters of a long key and none of a short one', () => {
    expect(fingerprintOf('abcdefgh1234')).toBe('…1234');
    expect(fingerprintOf('abcdefg1234')).toBe('…');
  });
});

describe('a base URL', () => {
  it.each([
    ['https://api.example.com/v1/', 'https://api.example.com/v1'],
    [' https://api.example.com ', 'https://api.example.com'],
    ['http://localhost:4000/', 'http://localhost:4000'],
    ['http://127.0.0.1:4000/v1', 'http://127.0.0.1:4000/v1'],
    ['http://[::1]:4000', 'http://[::1]:4000'],
  ])('%j is kept as %j', (text, kept) => {
    expect(normalizeBaseUrl(text)).toBe(kept);
  });

  it.each([
    'http://example.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'https://user:pass@example.com',
    'https://example.com/?a=b',
    'https://example.com/#a',
    'https://example.com/?',
    'ftp://localhost',
    'file:///etc/passwd',
    'example.com',
    '',
  ])('%j is refused', (text) => {
    expect(thrownBy(() => normalizeBaseUrl(text)).code).toBe('base_url_refused');
  });

  it('knows the hosts of this machine', () => {
    expect(['localhost', '127.0.0.1', '127.9.9.9', '[::1]'].every(isLoopbackHost)).toBe(true);
    expect(['0.0.0.0', '[::]', '128.0.0.1', 'example.com', '127.evil.test'].some(isLoopbackHost)).toBe(false);
  });
});
