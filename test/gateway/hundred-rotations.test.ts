import Anthropic from '@anthropic-ai/sdk';
import { LLMock } from '@copilotkit/aimock';
import OpenAI from 'openai';
import { expect, it, onTestFinished } from 'vitest';
import type { Control } from '#main/control/control.ts';
import type { Rotation } from '#shared/model/rotation.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { type OpenaiKeyService, openaiAdminKey, startOpenaiKeyService } from '#test/fakes/openai-key-service.ts';
import { callerOf, type RunningControl, startControl } from '#test/unit/control/running-control.ts';
import { startForControl } from './support/gateway-host.ts';

const cli = callerOf();
const firstSecret = 'sk-proj-made-by-hand-0123456789-last';
const answerText = 'The toll is three pence.';
const messages = [{ role: 'user' as const, content: 'What is the toll?' }];
const rotations = 100;

/** Control and gateway as they are, before a provider that takes no key but the living ones. */
interface Bench extends RunningControl {
  readonly service: OpenaiKeyService;
  readonly credentialId: string;
  readonly token: string;
  /** Carries one rotation through to its end, letting time pass whenever it waits. */
  rotate(): Promise<Rotation>;
}

async function startBench(): Promise<Bench> {
  const mock = new LLMock({ port: 0 });
  const usage = { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19, input_tokens: 12, output_tokens: 7 };
  mock.onMessage(/toll/, { content: answerText, usage });
  await mock.start();
  const service = await startOpenaiKeyService(firstSecret, mock.url);
  onTestFinished(async () => {
    await service.close();
    await mock.stop();
  });
  const clock = createFakeClock(Date.now());
  const running = await startControl({ clock, changes: { fetch, port: 0, startGateway: startForControl } });
  const { control } = running;
  const key = { provider: 'openai', secret: firstSecret, baseUrl: service.baseUrl, verify: true };
  const { id: credentialId } = await control.perform('credential.add', key, cli);
  await control.perform('adminKey.add', { provider: 'openai', secret: openaiAdminKey }, cli);
  await control.perform('rotation.connect', { credentialId, parameters: { project: 'proj_test' } }, cli);
  const demand = { tool: 'codey', scopes: ['openai:*'], ttlSeconds: 86_400, uses: null, budgetMicroUsd: null };
  const { id } = await control.perform('request.create', { ...demand, purpose: null }, cli);
  await control.perform('request.approve', { id, approval: {} }, cli);
  const { token } = await control.perform('request.wait', { id }, cli);

  async function rotate(): Promise<Rotation> {
    const { id: rotationId } = await control.perform('rotation.start', { credentialId }, cli);
    let ended: Rotation | undefined;
    await running.until('rotations', async () => {
      const [rotation] = await control.perform('rotation.history', { limit: 1 }, cli);
      const isOver = rotation?.id === rotationId && rotation.state !== 'running';
      if (isOver) ended = rotation;
      else if (rotation?.resumeAt) await passTime(control, Date.parse(rotation.resumeAt));
      return isOver;
    });
    if (ended === undefined) throw new Error('It did not end.');
    return ended;
  }

  /** Every look takes up what has waited long enough. */
  async function passTime(to: Control, until: number): Promise<void> {
    clock.advance(Math.max(0, until - clock.now()));
    await to.perform('rotation.pause', { credentialId, paused: false }, cli);
  }

  return { ...running, service, credentialId, token, rotate };
}

/** Two callers with an SDK each that go on until they are told to stop, one call after the other, plain and streaming in turn. */
function startLoad({ control, token }: Bench) {
  const url = control.gatewayUrl ?? '';
  const own = new OpenAI({ baseURL: `${url}/openai/v1`, apiKey: token, maxRetries: 0 });
  const unified = new Anthropic({ baseURL: url, apiKey: token, maxRetries: 0 });
  const claude = { model: 'openai/gpt-4o-mini', max_tokens: 50, messages };
  const plain = async (): Promise<string> => {
    const answer = await own.chat.completions.create({ model: 'gpt-4o-mini', messages });
    return answer.choices[0]?.message.content ?? '';
  };
  const streamed = async (): Promise<string> => {
    const stream = await own.chat.completions.create({ model: 'gpt-4o-mini', messages, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    return text;
  };
  const translated = async (): Promise<string> => {
    const { content } = await unified.messages.create(claude);
    return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  };
  const streamedAndTranslated = (): Promise<string> => unified.messages.stream(claude).finalText();
  const failures: unknown[] = [];
  let made = 0;
  let isOver = false;
  const workers = [
    [plain, streamed],
    [translated, streamedAndTranslated],
  ].map(async (calls) => {
    for (let turn = 0; !isOver; turn += 1) {
      made += 1;
      await calls[turn % calls.length]?.().then(
        (text) => (text === answerText ? undefined : failures.push(text)),
        (error: unknown) => failures.push(error),
      );
    }
  });
  return {
    failures,
    async stop(): Promise<number> {
      isOver = true;
      await Promise.all(workers);
      return made;
    },
  };
}

it('a hundred rotations in a row under a steady load: no call fails, no row is lost, and each old key is dead', async () => {
  const bench = await startBench();
  const { control, service } = bench;
  service.unknownFor = 1;
  const load = startLoad(bench);
  const dead: string[] = [];
  for (let turn = 0; turn < rotations; turn += 1) {
    const [before] = service.keys;
    const rotation = await bench.rotate();
    expect(rotation, rotation.problem?.message).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
    expect(service.keys.map(({ secret }) => secret)).not.toContain(before?.secret);
    expect(service.keys).toHaveLength(1);
    dead.push(before?.secret ?? '');
  }
  const made = await load.stop();
  expect(load.failures).toEqual([]);
  const total = async (): Promise<number> =>
    (await control.perform('usage.list', { filter: {}, offset: 0, limit: 1 }, cli)).total;
  await bench.until('usage', async () => (await total()) >= made);
  expect(await total()).toBe(made);
  const refused = await control.perform(
    'usage.list',
    { filter: { outcome: 'upstream_error' }, offset: 0, limit: 1 },
    cli,
  );
  expect(refused.total).toBe(0);
  expect(new Set(dead).size).toBe(rotations);
  const [living] = service.keys;
  expect([...service.uses.keys()].toSorted()).toEqual([...dead, living?.secret ?? ''].toSorted());
}, 120_000);
