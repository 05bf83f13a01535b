import { describe, expect, it } from 'vitest';
import { toolSetups } from '#main/cli/setup/tools.ts';
import { judgeArrival } from '#renderer/features/connect/arrival.ts';
import { configurationSnippet } from '#renderer/features/connect/configuration-snippets.ts';
import { type ConnectTarget, targetProviders } from '#renderer/features/connect/connect-target.ts';
import { connectTools, findConnectTool } from '#renderer/features/connect/tools.ts';
import { unifiedExample } from '#renderer/features/connect/unified-snippets.ts';
import { providers } from '#shared/provider/index.ts';
import { toolIds } from '#shared/provider/tool/tool-providers.ts';
import { fakeCredentials, fakeGrants } from '#test/fakes/window-data.ts';
import { fakeRequests } from '#test/fakes/window-requests.ts';
import { fakeAliases } from '#test/fakes/window-rules.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

const summaries = Object.values(providers).map((provider) => ({
  id: provider.id,
  name: provider.name,
  local: provider.local,
  baseUrl: provider.baseUrl,
  basePath: provider.basePath,
  consoleUrl: provider.consoleUrl,
  keyExample: null,
  environment: { ...provider.environment },
  custom: false,
}));

function target(...withKey: readonly string[]): ConnectTarget {
  return {
    gatewayUrl: 'http://127.0.0.1:9000',
    providers: summaries,
    withKey: new Set(withKey),
    unified: unifiedExample([], []),
  };
}

describe('the lines for a tool', () => {
  it('are there for every tool that toll setup knows', () => {
    expect(connectTools.flatMap(({ setup }) => setup ?? [])).toEqual([...toolIds]);
  });

  const cases = toolIds.flatMap((id) => [
    { id, keys: 'no key', target: target() },
    { id, keys: 'three keys', target: target('anthropic', 'openai', 'gemini') },
  ]);

  it.each(cases)('mean what toll setup writes: $id with $keys', ({ id, target: chosen }) => {
    const setup = toolSetups[id];
    const written = setup.edit('', {
      providers: targetProviders(id, chosen).map((provider) => ({ ...provider, originalUrl: null })),
      toll: ['toll'],
    });
    expect(setup.read(configurationSnippet(id, chosen).text)).toEqual(setup.read(written));
  });

  it('name the gateway as it runs now, and no key', () => {
    for (const tool of connectTools) {
      for (const snippet of tool.snippets?.(target()) ?? []) {
        expect(snippet.text).toContain('http://127.0.0.1:9000');
        expect(snippet.text).not.toMatch(/\{(?:url|token)\}/);
      }
    }
  });

  it('take a base URL as each SDK means it', () => {
    const linesOf = (id: string) =>
      findConnectTool(id)
        ?.snippets?.(target())
        .map(({ text }) => text)
        .join('\n');
    expect(linesOf('openai-sdk')).toContain('export OPENAI_BASE_URL=http://127.0.0.1:9000/openai/v1\n');
    expect(linesOf('anthropic-sdk')).toContain('export ANTHROPIC_BASE_URL=http://127.0.0.1:9000/anthropic\n');
    expect(linesOf('google-sdk')).toContain('export GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:9000/gemini');
  });

  it('prefer a provider that has a key', () => {
    const lines = findConnectTool('other')?.snippets?.(target('mistral'))[0]?.text;
    expect(lines).toContain('/mistral/v1');
  });
});

describe('the unified API', () => {
  it('shows an alias first, with a token for everything it may lead to', () => {
    const [fast] = fakeAliases(0);
    expect(unifiedExample(fast === undefined ? [] : [fast], fakeCredentials(0))).toEqual({
      model: 'fast',
      scopes: ['groq:chat', 'anthropic:chat', 'openai:chat'],
    });
    const chosen = { ...target('openai'), unified: unifiedExample(fast === undefined ? [] : [fast], []) };
    const curl = findConnectTool('unified')?.snippets?.(chosen)[0]?.text;
    expect(curl).toContain('--scope "groq:chat anthropic:chat openai:chat"');
    expect(curl).toContain('curl http://127.0.0.1:9000/v1/chat/completions');
    expect(curl).toContain('"model":"fast"');
  });

  it('else a model that a key reaches, and no embedding model', () => {
    const keys = fakeCredentials(0).map((key) => ({
      ...key,
      verification: key.verification && { ...key.verification, models: ['text-embedding-4', 'gpt-5.2'] },
    }));
    expect(unifiedExample([], keys)).toEqual({ model: 'openai/gpt-5.2', scopes: ['openai:chat'] });
  });
});

describe('judgeArrival', () => {
  const now = Date.parse('2026-11-22T12:00:00.000Z');
  const names = ['claude', 'claude-code'];
  const nothing = { requests: [], grants: [], records: [] };
  const grants = fakeGrants(now).filter(({ status }) => status === 'active');

  it('waits while nothing is known of the tool', () => {
    const records = [usageRecord({ tool: 'codex' }), usageRecord({ tool: null })];
    expect(judgeArrival(names, { ...nothing, records })).toEqual({ state: 'nothing' });
  });

  it('puts a waiting request before everything else', () => {
    const facts = { requests: fakeRequests(now), grants, records: [usageRecord()] };
    expect(judgeArrival(names, facts)).toMatchObject({ state: 'asking', request: { id: 'req_claude' } });
  });

  it('tells of the newest call', () => {
    const records = [
      usageRecord({ requestId: 'r_old', startedAt: '2026-11-22T08:00:00.000Z', outcome: 'denied' }),
      usageRecord({ requestId: 'r_new', startedAt: '2026-11-22T09:00:00.000Z' }),
    ];
    expect(judgeArrival(names, { ...nothing, records })).toMatchObject({
      state: 'arrived',
      record: { requestId: 'r_new' },
    });
  });

  it.each([
    ['denied', 'refused'],
    ['upstream_error', 'failed'],
    ['client_aborted', 'arrived'],
  ] as const)('calls %s %s', (outcome, state) => {
    expect(judgeArrival(names, { ...nothing, records: [usageRecord({ outcome })] }).state).toBe(state);
  });

  it('does not take a call from before the grant for the first one', () => {
    const records = [usageRecord({ startedAt: '2026-11-20T09:00:00.000Z' })];
    expect(judgeArrival(names, { ...nothing, grants, records })).toMatchObject({
      state: 'allowed',
      grant: { id: 'grant_claude' },
    });
  });

  it('takes any tool when it has no names', () => {
    expect(judgeArrival([], { ...nothing, records: [usageRecord({ tool: 'x' })] }).state).toBe('arrived');
  });
});
