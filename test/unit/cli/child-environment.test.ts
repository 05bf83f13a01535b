import { expect, test } from 'vitest';
import {
  type ChildEnvironmentSource,
  childArguments,
  childEnvironment,
  keyVariableNames,
} from '#main/cli/child-environment.ts';
import { samples } from './samples.ts';

type Summary = ChildEnvironmentSource['providers'][number];

function summary(id: string, environment: Readonly<Record<string, string>>, rest: Partial<Summary> = {}): Summary {
  return {
    id,
    name: id,
    local: false,
    baseUrl: null,
    basePath: '',
    consoleUrl: 'https://x',
    keyExample: null,
    custom: false,
    ...rest,
    environment,
  };
}

const openai = summary('openai', { OPENAI_BASE_URL: '{url}', OPENAI_API_KEY: '{token}' }, { basePath: '/v1' });
const anthropic = summary('anthropic', { ANTHROPIC_BASE_URL: '{url}', ANTHROPIC_AUTH_TOKEN: '{token}' });
const ollama = summary('ollama', { OLLAMA_HOST: '{url}' }, { local: true });
const mine = summary(
  'mine',
  { OPENAI_BASE_URL: '{url}', OPENAI_API_KEY: '{token}' },
  { basePath: '/v1', custom: true },
);

function variables(change: Partial<ChildEnvironmentSource>): Readonly<Record<string, string>> {
  return childEnvironment({ ...source, ...change }).variables;
}

const source: ChildEnvironmentSource = {
  parent: { PATH: '/bin' },
  providers: [openai, anthropic, ollama],
  credentials: [samples.credential],
  scopes: ['*:chat'],
  gatewayUrl: 'http://127.0.0.1:1',
  token: 'T',
  tool: 'some-tool',
  model: null,
};

test('covers every provider that the scopes name', () => {
  expect(variables({})).toEqual({
    PATH: '/bin',
    OPENAI_BASE_URL: 'http://127.0.0.1:1/openai/v1',
    OPENAI_API_KEY: 'T',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:1/anthropic',
    ANTHROPIC_AUTH_TOKEN: 'T',
  });
  expect(variables({ scopes: ['anthropic:chat:claude-*'] })).toEqual({
    PATH: '/bin',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:1/anthropic',
    ANTHROPIC_AUTH_TOKEN: 'T',
  });
});

test('leaves a local server alone unless it was added', () => {
  expect(variables({})).not.toHaveProperty('OLLAMA_HOST');
  expect(variables({ credentials: [{ ...samples.credential, provider: 'ollama' }] })).toHaveProperty(
    'OLLAMA_HOST',
    'http://127.0.0.1:1/ollama',
  );
});

test('shared variables go to the provider with a key, the built-in one first', () => {
  const providers = [openai, mine];
  const ownKey = { ...samples.credential, provider: 'mine' };
  expect(variables({ providers, credentials: [ownKey] }).OPENAI_BASE_URL).toBe('http://127.0.0.1:1/mine/v1');
  expect(variables({ providers, credentials: [ownKey, samples.credential] }).OPENAI_BASE_URL).toBe(
    'http://127.0.0.1:1/openai/v1',
  );
});

test('takes every provider key of the parent away, covered or not, and names it', () => {
  const parent = { OPENAI_API_KEY: 'a', ANTHROPIC_API_KEY: 'b', ANTHROPIC_AUTH_TOKEN: 'c', OPENAI_ORG: 'd' };
  const made = childEnvironment({ ...source, parent, scopes: ['openai:chat'] });
  expect(made.removed).toEqual(['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'OPENAI_API_KEY']);
  expect(made.variables).toEqual({
    OPENAI_ORG: 'd',
    OPENAI_BASE_URL: 'http://127.0.0.1:1/openai/v1',
    OPENAI_API_KEY: 'T',
  });
});

test('gives a known tool the variable that it alone reads', () => {
  expect(variables({ tool: 'zed' }).ANTHROPIC_API_KEY).toBe('T');
  expect(variables({ tool: 'aider' }).ANTHROPIC_API_KEY).toBe('T');
  expect(variables({ tool: 'aider', scopes: ['openai:chat'] })).not.toHaveProperty('ANTHROPIC_API_KEY');
  expect(variables({ tool: 'claude' })).not.toHaveProperty('ANTHROPIC_API_KEY');
});

test('keeps the gateway out of a proxy', () => {
  expect(variables({})).not.toHaveProperty('NO_PROXY');
  const proxied = variables({ parent: { https_proxy: 'http://p', no_proxy: 'localhost' } });
  expect(proxied.no_proxy).toBe('localhost,127.0.0.1,::1');
  expect(proxied.NO_PROXY).toBe(proxied.no_proxy);
});

test('key variables are those with a token, and the provider\u2019s usual name', () => {
  expect([...keyVariableNames([anthropic, ollama])].sort()).toEqual([
    'ANTHROPIC_API_KEY',
    'ANTHROPIC_AUTH_TOKEN',
    'OLLAMA_API_KEY',
  ]);
});

test('with a model, every protocol leads to the unified API', () => {
  const found = variables({ model: 'openai/gpt-5' });
  expect(found).toMatchObject({
    OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
    OPENAI_API_KEY: 'T',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
    ANTHROPIC_AUTH_TOKEN: 'T',
    ANTHROPIC_MODEL: 'openai/gpt-5',
    GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:1',
  });
  expect(JSON.parse(found.OPENCODE_CONFIG_CONTENT ?? '')).toMatchObject({
    model: 'tollkeeper/openai/gpt-5',
    provider: { tollkeeper: { options: { baseURL: 'http://127.0.0.1:1/v1', apiKey: 'T' } } },
  });
});

test('with a model, a tool that reads no address from its environment gets arguments', () => {
  const gatewayUrl = 'http://127.0.0.1:1';
  const model = 'anthropic/claude-x';
  expect(childArguments({ model, gatewayUrl }, 'codex').join(' ')).toContain(`base_url="${gatewayUrl}/v1"`);
  expect(childArguments({ model, gatewayUrl }, 'codex')).toContain(`model="${model}"`);
  expect(childArguments({ model, gatewayUrl }, 'claude')).toEqual([]);
  expect(childArguments({ model: null, gatewayUrl }, 'codex')).toEqual([]);
});
