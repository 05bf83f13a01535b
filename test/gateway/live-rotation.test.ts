import OpenAI from 'openai';
import { expect, it } from 'vitest';
import type { ControlMessage, GatewayProcess, Snapshot } from '#shared/contract/port.ts';
import type { Rotation } from '#shared/model/rotation.ts';
import { callerOf } from '#test/unit/control/running-control.ts';
import { startForControl } from './support/gateway-host.ts';
import {
  answerText,
  firstSecret,
  type LiveRotationBench,
  startLiveRotationBench,
} from './support/live-rotation-bench.ts';

const cli = callerOf();
const messages = [{ role: 'user' as const, content: 'What is the toll?' }];
const isOver = ({ endedAt, state }: Rotation): boolean => endedAt !== null || state === 'stopped';

function clientOf({ control, token }: LiveRotationBench): OpenAI {
  return new OpenAI({ baseURL: `${control.gatewayUrl}/openai/v1`, apiKey: token, maxRetries: 0 });
}

async function call(bench: LiveRotationBench): Promise<string | null | undefined> {
  const answer = await clientOf(bench).chat.completions.create({ model: 'gpt-4o-mini', messages });
  return answer.choices[0]?.message.content;
}

/** Calls, one after the other, until the work is done; each must go well. */
async function callUntil<T>(bench: LiveRotationBench, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  while (!isDone) expect(await call(bench)).toBe(answerText);
  return done;
}

it('a new key that live calls are refused with is given up: no caller saw it, the old key serves, and the person is told', async () => {
  const bench = await startLiveRotationBench();
  const { control, service, credentialId } = bench;
  service.refusesMade = true;
  await bench.start();
  const rotation = await callUntil(bench, bench.reach(isOver));
  expect(rotation).toMatchObject({
    ...{ state: 'failed', step: 'discard', oldKey: { state: 'living' }, newKey: { state: 'revoked' } },
    problem: { code: 'new_key_unusable', message: expect.stringContaining('HTTP 401') },
  });
  expect(service.keys.map(({ secret }) => secret)).toEqual([firstSecret]);
  expect([...service.uses].filter(([secret]) => secret !== firstSecret).map(([, uses]) => uses)).toEqual([1]);
  const [credential] = await control.perform('credential.list', {}, cli);
  expect(credential).toMatchObject({ id: credentialId, version: 1, health: { state: 'closed' } });
  const audit = await control.perform('audit.list', { limit: 100 }, cli);
  expect(audit.find(({ event }) => event === 'rotation-failed')?.detail).toMatchObject({ code: 'new_key_unusable' });
  expect(await call(bench)).toBe(answerText);
});

it('a gateway that dies during a canary comes back with the same two keys, and the rotation goes on', async () => {
  const processes: GatewayProcess[] = [];
  const sent: Snapshot[] = [];
  let tell: () => void = () => undefined;
  const canarySent = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const take = (message: ControlMessage): void => {
    if (message.type !== 'configure' && message.type !== 'apply-snapshot') return;
    sent.push(message.snapshot);
    if (message.snapshot.upstreams[0]?.canary) tell();
  };
  const bench = await startLiveRotationBench(() => {
    const gateway = startForControl();
    const watched: GatewayProcess = {
      ...gateway,
      send(message) {
        take(message);
        gateway.send(message);
      },
    };
    processes.push(watched);
    return watched;
  });
  await bench.start();
  await bench.reach(({ step }) => step === 'canary');
  await canarySent;
  const before = sent.at(-1)?.upstreams;
  sent.length = 0;
  processes[0]?.kill();
  await bench.until('status', async () => {
    const { gateway } = await bench.control.perform('status.read', {}, cli);
    return gateway.state === 'running' && gateway.restarts === 1;
  });
  expect(sent[0]?.upstreams).toEqual(before);
  const rotation = await callUntil(bench, bench.reach(isOver));
  expect(rotation).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
  expect(bench.service.keys).toHaveLength(1);
});

it('a stream over the change keeps its key to the end: the old one is not ended before, and after an hour a person is asked', async () => {
  const bench = await startLiveRotationBench();
  const { control, service, clock } = bench;
  await call(bench);
  let open: () => void = () => undefined;
  service.gate = new Promise((resolve) => {
    open = resolve;
  });
  const stream = await clientOf(bench).chat.completions.create({ model: 'gpt-4o-mini', messages, stream: true });
  const parts = stream[Symbol.asyncIterator]();
  let text = (await parts.next()).value?.choices[0]?.delta.content ?? '';
  service.gate = null;

  await bench.start();
  await callUntil(
    bench,
    bench.reach(({ waitingFor }) => waitingFor === '1 running call with the old key'),
  );
  clock.advance(59 * 60_000);
  await callUntil(
    bench,
    bench.reach(({ step, waitingFor }) => step === 'drain' && waitingFor !== null),
  );
  const stopped = await bench.reach(isOver);
  expect(stopped).toMatchObject({ state: 'stopped', step: 'drain', problem: { code: 'calls_still_running' } });
  expect(service.keys.map(({ secret }) => secret)).toContain(firstSecret);
  expect(await call(bench)).toBe(answerText);

  await control.perform('rotation.continue', { id: stopped.id }, cli);
  await bench.reach(({ waitingFor }) => waitingFor === '1 running call with the old key');
  open();
  for (let part = await parts.next(); part.done !== true; part = await parts.next())
    text += part.value.choices[0]?.delta.content ?? '';
  expect(text).toBe(answerText);
  expect(await bench.reach(isOver)).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
  expect(service.keys.map(({ secret }) => secret)).not.toContain(firstSecret);
});
