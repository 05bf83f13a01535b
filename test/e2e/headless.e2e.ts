import { once } from 'node:events';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { expect, test } from '@playwright/test';
import OpenAI from 'openai';
import type { UsageRecord, UsageSummary } from '#shared/model/usage.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { keyringSessionInstalled, startKeyringSession } from '#test/fixtures/keyring-session.ts';
import { agentExecutable } from './fixture/agents.ts';
import { approvedToken, type Headless, startHeadless, waitingRequest } from './fixture/headless.ts';
import { finish } from './fixture/toll.ts';
import { startUpstream, type Upstream, upstreamAnswer } from './fixture/upstream.ts';

let upstream: Upstream;
let headless: Headless;

test.beforeAll(async () => {
  upstream = await startUpstream({ latencyMs: 5 });
  headless = await startHeadless();
  for (const provider of ['openai', 'anthropic'] as const) {
    await headless.toll.json(['key', 'add', provider, '--base-url', upstream.baseUrl(provider)], canaryKey(provider));
  }
  await headless.toll.json(
    ['key', 'add', 'gemini', '--no-verify', '--base-url', upstream.baseUrl('gemini')],
    canaryKey('gemini'),
  );
});

test.afterAll(async () => {
  expect(await headless.stop()).toBe(0);
  await upstream.stop();
});

test('a key that the provider refuses is not stored', async () => {
  const before = await headless.toll.json<unknown[]>(['key', 'list']);
  const { code, stdout, stderr } = await headless.toll.run(
    ['key', 'add', 'openai', '--base-url', upstream.baseUrl('openai'), '--json'],
    canaryKey('openai', 'wrong'),
  );
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'key_rejected' } });
  expect(await headless.toll.json<unknown[]>(['key', 'list'])).toHaveLength(before.length);
});

test('the official SDKs call through the gateway, streaming and not', async () => {
  const token = await approvedToken(headless.toll, ['--tool', 'sdk', '--scope', '*:chat']);
  const gateway = headless.ready.gateway;
  const messages = [{ role: 'user' as const, content: 'hello' }];

  const openai = new OpenAI({ baseURL: `${gateway}/openai/v1`, apiKey: token, maxRetries: 0 });
  const plain = await openai.chat.completions.create({ model: 'gpt-4o', messages });
  expect(plain.choices[0]?.message.content).toBe(upstreamAnswer);
  let streamed = '';
  for await (const part of await openai.chat.completions.create({
    model: 'gpt-4o',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  })) {
    streamed += part.choices[0]?.delta.content ?? '';
  }
  expect(streamed).toBe(upstreamAnswer);
  const response = await openai.responses.create({ model: 'gpt-4o', input: 'hello' });
  expect(response.output_text).toBe(upstreamAnswer);

  const anthropic = new Anthropic({ baseURL: `${gateway}/anthropic`, authToken: token, apiKey: null, maxRetries: 0 });
  const message = await anthropic.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 100, messages });
  expect(message.content[0]).toMatchObject({ type: 'text', text: upstreamAnswer });
  const final = await anthropic.messages.stream({ model: 'claude-sonnet-4-5', max_tokens: 100, messages }).finalText();
  expect(final).toBe(upstreamAnswer);

  const google = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: `${gateway}/gemini` } });
  const generated = await google.models.generateContent({ model: 'gemini-2.5-flash', contents: 'hello' });
  expect(generated.text).toBe(upstreamAnswer);
  let pieces = '';
  for await (const part of await google.models.generateContentStream({ model: 'gemini-2.5-flash', contents: 'hello' }))
    pieces += part.text ?? '';
  expect(pieces).toBe(upstreamAnswer);

  await expect
    .poll(
      async () =>
        (await headless.toll.json<UsageRecord[]>(['usage'])).filter(
          ({ tool, outcome }) => tool === 'sdk' && outcome === 'ok',
        ).length,
    )
    .toBe(7);
  const byModel = await headless.toll.json<UsageSummary[]>(['usage', '--by', 'model']);
  expect(byModel.map(({ key }) => key).sort()).toEqual(['claude-sonnet-4-5', 'gemini-2.5-flash', 'gpt-4o']);
  for (const row of byModel) {
    expect(row.inputTokens).toBeGreaterThan(0);
    expect(row.outputTokens).toBeGreaterThan(0);
  }
});

test('a revoked grant is refused on the next request and its open stream is cut', async () => {
  const token = await approvedToken(headless.toll, ['--tool', 'stream', '--scope', 'openai:chat']);
  const openai = new OpenAI({ baseURL: `${headless.ready.gateway}/openai/v1`, apiKey: token, maxRetries: 0 });
  const stream = await openai.chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'slowly' }],
    stream: true,
  });
  const [grant] = (await headless.toll.json<{ id: string; tool: string }[]>(['grants'])).filter(
    ({ tool }) => tool === 'stream',
  );
  let parts = 0;
  const reading = (async () => {
    for await (const part of stream) {
      parts += part.choices.length;
      if (parts === 3) await headless.toll.json(['revoke', grant?.id ?? '']);
    }
  })();
  await expect(reading).rejects.toThrow();
  await expect(openai.models.list()).rejects.toMatchObject({ status: 401 });
});

test('Claude Code answers under toll run, and its use is priced', async () => {
  test.setTimeout(180_000);
  const claude = await agentExecutable('claude');
  const child = headless.toll.start(['run', '--', claude, '-p', 'say hello'], {
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  });
  child.stdin?.end();
  const finished = finish(child);
  await headless.toll.json(['approve', await waitingRequest(headless.toll)]);
  const { code, stdout, stderr } = await finished;
  expect(stderr + stdout).toContain(upstreamAnswer);
  expect(code).toBe(0);
  await expect
    .poll(
      async () =>
        (await headless.toll.json<UsageSummary[]>(['usage', '--by', 'tool'])).find(({ key }) => key === 'claude')
          ?.outputTokens ?? 0,
    )
    .toBeGreaterThan(0);
  const summary = (await headless.toll.json<UsageSummary[]>(['usage', '--by', 'tool'])).find(
    ({ key }) => key === 'claude',
  );
  expect(summary?.costMicroUsd).toBeGreaterThan(0);
  const grants = await headless.toll.json<{ tool: string; status: string }[]>(['grants']);
  expect(grants.filter(({ tool, status }) => tool === 'claude' && status === 'active')).toEqual([]);
});

test.describe('Claude Code with a model of another provider', () => {
  for (const model of ['openai/gpt-4o', 'gemini/gemini-2.5-flash']) {
    test(`answers from ${model}`, async () => {
      test.setTimeout(180_000);
      const claude = await agentExecutable('claude');
      const child = headless.toll.start(['run', '--tool', model, '--model', model, '--', claude, '-p', 'say hello'], {
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      });
      child.stdin?.end();
      const finished = finish(child);
      await headless.toll.json(['approve', await waitingRequest(headless.toll)]);
      const { code, stdout, stderr } = await finished;
      expect(stderr + stdout).toContain(upstreamAnswer);
      expect(code).toBe(0);
      const rows = async () =>
        (await headless.toll.json<UsageRecord[]>(['usage'])).filter(
          ({ tool, outcome }) => tool === model && outcome === 'ok',
        );
      await expect.poll(async () => (await rows()).length).toBeGreaterThan(0);
      for (const row of await rows()) {
        expect(row).toMatchObject({ endpoint: 'POST /v1/messages', provider: model.split('/')[0] });
        expect(row.costMicroUsd).toBeGreaterThan(0);
      }
    });
  }
});

test('toll run passes on exit codes and signals', async () => {
  const exits = headless.toll.start(['run', '--', process.execPath, '-e', 'process.exit(7)']);
  const exited = finish(exits);
  await headless.toll.json(['approve', await waitingRequest(headless.toll)]);
  expect((await exited).code).toBe(7);

  const script = "process.on('SIGTERM', () => process.exit(42)); console.log('up'); setInterval(() => {}, 1000)";
  const waits = headless.toll.start(['run', '--', process.execPath, '-e', script]);
  await headless.toll.json(['approve', await waitingRequest(headless.toll)]);
  if (!waits.stdout) throw new Error('No standard output');
  await once(waits.stdout, 'data');
  const ended = once(waits, 'exit');
  waits.kill('SIGTERM');
  expect((await ended)[0]).toBe(42);
});

test('a gateway killed in the middle of a stream leaves its row and comes back on the same port', async () => {
  const token = await approvedToken(headless.toll, ['--tool', 'killed', '--scope', 'anthropic:chat']);
  const anthropic = new Anthropic({
    baseURL: `${headless.ready.gateway}/anthropic`,
    authToken: token,
    apiKey: null,
    maxRetries: 0,
  });
  const ask = (content: string) => ({
    model: 'claude-sonnet-4-5',
    max_tokens: 1_000,
    messages: [{ role: 'user' as const, content }],
  });
  const { gateway } = await headless.toll.json<{ gateway: { pid: number } }>(['status']);
  const reading = (async () => {
    let deltas = 0;
    for await (const event of await anthropic.messages.create({ ...ask('slowly'), stream: true })) {
      deltas += event.type === 'content_block_delta' ? 1 : 0;
      if (deltas === 2) process.kill(gateway.pid, 'SIGKILL');
    }
  })();
  await expect(reading).rejects.toThrow();
  await expect
    .poll(async () => {
      const status = await headless.toll.json<{ gateway: { state: string; url: string; pid: number } }>(['status']);
      return status.gateway.state === 'running' && status.gateway.pid !== gateway.pid ? status.gateway.url : null;
    })
    .toBe(headless.ready.gateway);
  const again = await anthropic.messages.create(ask('hello'));
  expect(again.content[0]).toMatchObject({ text: upstreamAnswer });
  await expect
    .poll(async () =>
      (await headless.toll.json<UsageRecord[]>(['usage']))
        .filter(({ tool }) => tool === 'killed')
        .map(({ outcome }) => outcome)
        .sort(),
    )
    .toEqual(['ok', 'upstream_error']);
});

test('none of the attacks gets through the running program, its TLS port and its socket included', async () => {
  await headless.toll.json(['tls', 'enable', '--port', '0']);
  const results = await headless.toll.json<{ readonly id: string; readonly outcome: string; readonly seen: string }[]>([
    'doctor',
    '--attack',
  ]);
  expect(results.filter(({ outcome }) => outcome === 'open')).toEqual([]);
  for (const id of ['dns-rebinding-tls', 'socket-foreign-host', 'stolen-token', 'file-modes', 'secrets-on-disk'])
    expect(results.find((result) => result.id === id)?.outcome, id).toBe('held');
  const grants = await headless.toll.json<{ readonly tool: string; readonly status: string }[]>(['grants']);
  expect(grants.filter(({ tool, status }) => tool === 'toll-doctor' && status === 'active')).toEqual([]);
});

test('it ends when it is told to, inside of a desktop session too', async () => {
  test.skip(!keyringSessionInstalled, 'needs D-Bus');
  const session = await startKeyringSession();
  const inSession = await startHeadless({ environment: session.environment });
  await expect.poll(async () => (await inSession.toll.json<{ mode: string }>(['status'])).mode).toBe('headless');
  expect(await inSession.stop()).toBe(0);
  expect(inSession.log()).not.toContain('ended-late');
  session.stop();
});

test('the audit log tells it all and its chain holds', async () => {
  const entries = await headless.toll.json<{ event: string }[]>(['log']);
  const events = new Set(entries.map(({ event }) => event));
  for (const event of [
    'credential-added',
    'access-requested',
    'access-granted',
    'token-issued',
    'grant-ended',
    'gateway-exited',
  ]) {
    expect(events).toContain(event);
  }
  const { code, stdout } = await headless.toll.run(['log', '--verify', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ intact: true });
});
