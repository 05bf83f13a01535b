import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connectors } from '#main/control/rotation/connector/connectors.ts';
import type { Endpoint, Provider } from '#shared/model/provider.ts';
import { capabilities, scopePattern } from '#shared/model/scope.ts';
import { createPriceBook } from '#shared/policy/price-usage.ts';
import { findProvider, providerIds, providers } from '#shared/provider/index.ts';
import { shippedPrices } from '#test/fixtures/shipped-prices.ts';

const { priceUsage } = createPriceBook(shippedPrices());
const folder = new URL('../../shared/provider/', import.meta.url);
const all = Object.entries(providers);

/** Words that appear in the paths of management, billing and key-making endpoints, none of which a tool may reach. */
const forbiddenWords =
  /admin|organi[sz]ation|billing|credit|balance|api[-_]?keys?\b|client_secrets|auth_tokens|fine[-_]?tun|invite|users?\b(?!$)|provision|pull|delete$|copy|push/;

/** Capabilities whose calls cost money whether or not the answer tells usage. */
const paidByNature: ReadonlySet<string> = new Set(['images', 'audio', 'realtime', 'batches']);

/** Providers whose prices are in no catalogue, so that every call is recorded as unpriced. */
const unpriced: ReadonlySet<string> = new Set(['custom', 'bedrock', 'deepgram', 'elevenlabs', 'gitlab']);

/** Calls that change or count something but generate nothing. */
const freeCall =
  /(?:count_?tokens|input_tokens|tokenize|tokenize-text|moderations|cancel|\/files(?:\/upload)?|\/parts|\/complete|\/uploads|\/conversations|\/conversations\/\{conversation\}(?:\/items)?|\/completions\/\{completion\}|\/api\/show)$/i;

function keyPattern(provider: Provider): RegExp | null {
  return provider.keyForm === null ? null : new RegExp(provider.keyForm.pattern);
}

/** A path with its placeholders filled in. */
function examplePath(endpoint: Endpoint): string {
  return endpoint.path.replaceAll(/\{[^}]+\}/g, 'x');
}

describe('the provider table', () => {
  it('has one entry per file, named like it', () => {
    const files = readdirSync(folder)
      .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
      .map((file) => file.replace(/\.ts$/, ''));
    expect([...providerIds].sort()).toEqual(files.sort());
    for (const [id, provider] of all) {
      expect(provider.id).toBe(id);
      expect(id).toMatch(/^[a-z][a-z0-9-]{0,31}$/);
      expect(`${id}:chat`).toMatch(scopePattern);
    }
  });

  it('leads a person through the change of every key that no API makes, and opens no page but the provider’s own', () => {
    for (const [id, provider] of all) {
      const { guide, rotation, local }: Provider = provider;
      expect(guide !== undefined || rotation !== undefined || local, id).toBe(true);
      if (guide === undefined) continue;
      if (guide.page !== null) expect(new URL(guide.page).protocol, id).toBe('https:');
      for (const clicks of [guide.create, guide.remove]) {
        expect(clicks.length, id).toBeGreaterThan(0);
        for (const click of clicks) expect(click, id).toMatch(/^[A-Z].{5,110}\.$/);
      }
      if (guide.api !== undefined) expect(connectors, id).toHaveProperty(guide.api.connector);
    }
  });

  it('does not take inherited names for providers', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'nobody', '']) {
      expect(findProvider(name)).toBeUndefined();
    }
    expect(findProvider('openai')?.name).toBe('OpenAI');
  });

  it('tells the key of one provider from the keys of the others', () => {
    for (const [id, provider] of all) {
      for (const [otherId, other] of all) {
        const example = other.keyForm?.example;
        if (example !== undefined) {
          expect([id, otherId, keyPattern(provider)?.test(example) ?? false]).toEqual([id, otherId, id === otherId]);
        }
      }
    }
  });
});

describe.each(all)('provider %s', (id, provider) => {
  it('has a base address that ends in its base path', () => {
    if (provider.baseUrl !== null) {
      const url = new URL(provider.baseUrl);
      expect(provider.baseUrl.endsWith('/')).toBe(false);
      expect(url.pathname).toBe(provider.basePath === '' ? '/' : provider.basePath);
      expect([url.search, url.hash, url.username]).toEqual(['', '', '']);
      expect(url.protocol).toBe(provider.local ? 'http:' : 'https:');
      expect(url.hostname === '127.0.0.1').toBe(provider.local);
    }
    expect(provider.basePath).toMatch(/^(?:\/[a-z0-9]+)*$/);
  });

  it('has endpoints that can be told apart', () => {
    const seen = provider.endpoints.map(
      (endpoint) => `${endpoint.method} ${endpoint.path.replaceAll(/\{[^}]+\}/g, '{}')}`,
    );
    expect(new Set(seen).size).toBe(seen.length);
    expect(provider.endpoints.length).toBeGreaterThan(3);
  });

  it.each(provider.endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
    '%s is well formed',
    (_name, endpoint) => {
      expect(endpoint.path).toMatch(/^(?:\/(?:[A-Za-z0-9._-]+|\{[a-z]+\}(?::[A-Za-z]+)?))+$/);
      expect(capabilities).toHaveProperty(endpoint.capability);
      expect(endpoint.path.includes('{model}')).toBe(endpoint.model === 'path');
      expect(endpoint.model === 'body' && endpoint.method === 'GET').toBe(false);
      const isSession = endpoint.method === 'WEBSOCKET';
      expect(endpoint.dialect !== null && endpoint.method !== 'POST' && !endpoint.path.includes('/deferred')).toBe(
        isSession,
      );
      expect(endpoint.session !== undefined).toBe(isSession);
      expect(endpoint.model === 'query' || endpoint.model === 'message').toBe(isSession);
      if (!endpoint.path.endsWith(':delete')) {
        expect(examplePath(endpoint).replace('/models/user', '')).not.toMatch(forbiddenWords);
      }
    },
  );

  it('knows which calls are free: every other one has a dialect, or a capability that is paid for by its nature', () => {
    const unread = provider.endpoints.filter(
      ({ method, dialect, capability, charged }) =>
        method === 'POST' && dialect === null && charged !== false && !paidByNature.has(capability),
    );
    expect(unread.map((endpoint) => endpoint.path).filter((path) => !freeCall.test(path))).toEqual([]);
  });

  it('recognises its own key', () => {
    const pattern = keyPattern(provider);
    if (provider.keyForm !== null && pattern !== null) {
      const { example } = provider.keyForm;
      expect(provider.keyForm.pattern).toMatch(/^\^.*\$$/);
      expect(pattern.test(example)).toBe(true);
      expect(pattern.test(` ${example}`)).toBe(false);
      expect(pattern.test(`${example}\n`)).toBe(false);
      expect(pattern.test(example.slice(0, 8))).toBe(false);
    }
  });

  it('tries a key on an endpoint that a tool could reach too', () => {
    const paths = provider.endpoints.filter((endpoint) => endpoint.method === 'GET').map((endpoint) => endpoint.path);
    expect(paths).toContain(provider.check.path);
    expect(provider.check.account ?? 'header:x').toMatch(/^(?:header:[a-z-]+|[a-z_.]+)$/);
  });

  it('tells a child where to call and with what', () => {
    const values = Object.values(provider.environment);
    expect(values.some((value) => value === '{token}')).toBe(true);
    expect(values.some((value) => value.startsWith('{url}'))).toBe(true);
    for (const [name, value] of Object.entries(provider.environment)) {
      expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
      expect(value).toMatch(/^\{(?:url|token)\}(?:\/[a-z0-9/]+)?$/);
    }
  });

  it('says where its facts come from', () => {
    for (const address of [provider.documentation, provider.consoleUrl]) {
      expect(new URL(address).protocol).toBe('https:');
    }
  });

  it('is in the price catalogue, or says that it is free or unpriced', () => {
    const usage = { inputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 };
    const quote = (model: string) =>
      priceUsage({ priceId: provider.priceId, model, usage, at: Date.parse('2026-11-01T00:00:00Z') });
    const known = [
      'gpt-5',
      'claude-haiku-4-5',
      'gemini-2.5-flash',
      'mistral-large-latest',
      'openai/gpt-4o',
      'grok-4',
      'llama-3.3-70b-versatile',
      'deepseek-chat',
      'command-r-plus',
      'sonar',
      'zero-one-ai/Yi-6B',
    ];
    expect(known.some((model) => quote(model) !== null)).toBe(!unpriced.has(id));
    expect(provider.priceId === null).toBe(provider.local);
  });
});
