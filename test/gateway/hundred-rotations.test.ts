import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { expect, it } from 'vitest';
import { callerOf } from '#test/unit/control/running-control.ts';
import { answerText, type LiveRotationBench, startLiveRotationBench } from './support/live-rotation-bench.ts';

const cli = callerOf();
const messages = [{ role: 'user' as const, content: 'What is the toll?' }];
/** On Electron's process a few show what another host could change. */
const rotations = process.env.TOLLKEEPER_GATEWAY_HOST === 'electron' ? 10 : 100;

/** Two callers with an SDK each that go on until they are told to stop, one call after the other, plain and streaming in turn. */
function startLoad({ control, token }: LiveRotationBench) {
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

it(`${rotations} rotations in a row under a steady load: no call fails, no row is lost, and each old key is dead`, async () => {
  const bench = await startLiveRotationBench();
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
