import { expect, test } from '@playwright/test';
import type { UsageRecord } from '#shared/model/usage.ts';
import { canaryKey, canaryMarker } from '#test/fixtures/canary.ts';
import { agentExecutable } from './fixture/agents.ts';
import { type Headless, startHeadless, waitingRequest } from './fixture/headless.ts';
import { freshFolder } from './fixture/places.ts';
import { finish } from './fixture/toll.ts';
import { startUpstream, type ToolRequest, type Upstream, upstreamAnswer } from './fixture/upstream.ts';

/** Agents that speak one protocol, led by `toll run --model` to a model that speaks another. Claude Code: `headless.e2e.ts`. */
interface Case {
  readonly agent: 'codex' | 'opencode';
  /** What follows the command, with the folder that it is to work in last. */
  readonly parameters: readonly string[];
  readonly tool: ToolRequest;
  readonly provider: 'anthropic' | 'gemini';
  readonly model: string;
  readonly endpoint: string;
  /** Of an answer of 21 tokens in and 9 out. */
  readonly costMicroUsd: number;
}

const question = 'Show your environment.';
/** Keeps opencode from calling its maker. https://opencode.ai/docs/cli */
const offline = { OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_AUTOUPDATE: '1' };

const cases: readonly Case[] = [
  {
    agent: 'codex',
    parameters: ['exec', question, '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', '--cd'],
    tool: { name: 'exec_command', input: { cmd: 'env' } },
    ...{ provider: 'anthropic', model: 'claude-sonnet-4-5', endpoint: 'POST /v1/responses', costMicroUsd: 198 },
  },
  {
    agent: 'opencode',
    parameters: ['run', question, '--dir'],
    tool: { name: 'bash', input: { command: 'env', description: 'Shows the environment' } },
    ...{ provider: 'gemini', model: 'gemini-2.5-flash', endpoint: 'POST /v1/chat/completions', costMicroUsd: 29 },
  },
];

let upstream: Upstream;
let headless: Headless;

test.beforeAll(async () => {
  upstream = await startUpstream({ tools: cases.map(({ tool }) => tool) });
  headless = await startHeadless();
  for (const { provider } of cases) {
    const address = ['--base-url', upstream.baseUrl(provider)];
    await headless.toll.json(['key', 'add', provider, '--no-verify', ...address], canaryKey(provider));
  }
});

test.afterAll(async () => {
  expect(await headless.stop()).toBe(0);
  await upstream.stop();
});

for (const { agent, parameters, tool, provider, model, endpoint, costMicroUsd } of cases) {
  test(`${agent} answers from ${provider}/${model}, runs a tool for it, and never sees a key`, async () => {
    test.setTimeout(180_000);
    const before = upstream.toolResults().length;
    const executable = await agentExecutable(agent);
    const command = ['--', executable, ...parameters, freshFolder()];
    const child = headless.toll.start(['run', '--model', `${provider}/${model}`, ...command], {
      HOME: freshFolder(),
      ...offline,
      OPENAI_API_KEY: canaryKey('openai', 'own'),
      ANTHROPIC_API_KEY: canaryKey('anthropic', 'own'),
      GEMINI_API_KEY: canaryKey('gemini', 'own'),
    });
    child.stdin?.end();
    const finished = finish(child);
    await headless.toll.json(['approve', await waitingRequest(headless.toll)]);
    const { code, stdout, stderr } = await finished;
    expect(stdout, stderr).toContain(upstreamAnswer);
    expect(code).toBe(0);

    const [environment = '', ...more] = upstream.toolResults().slice(before);
    expect(more, `${tool.name} is run once`).toEqual([]);
    expect(environment).toContain(`OPENAI_BASE_URL=${headless.ready.gateway}/v1`);
    for (const text of [environment, stdout, stderr]) expect(text.includes(canaryMarker)).toBe(false);

    const rows = async () =>
      (await headless.toll.json<UsageRecord[]>(['usage'])).filter((row) => row.tool === agent && row.outcome === 'ok');
    await expect.poll(async () => (await rows()).length).toBeGreaterThanOrEqual(2);
    for (const row of await rows()) {
      expect(row).toMatchObject({ endpoint, provider, model, stream: true, inputTokens: 21, outputTokens: 9 });
      expect(row.costMicroUsd).toBe(costMicroUsd);
    }
    const grants = await headless.toll.json<{ tool: string; status: string }[]>(['grants']);
    expect(grants.filter((grant) => grant.tool === agent).map(({ status }) => status)).not.toContain('active');
  });
}
