import { once } from 'node:events';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  body,
  ceiling,
  chunkOf,
  cost,
  eventChunk,
  type FaultBench,
  served,
  startFaultBench,
  streamHead,
} from './support/fault-bench.ts';
import { later } from './support/later.ts';
import { callRaw, requestText } from './support/raw-caller.ts';
import type { RawAnswer } from './support/raw-upstream.ts';

/** What upstreams and callers may do, and what has to become of it. See docs/faults.md. */
let bench: FaultBench;

beforeAll(async () => {
  bench = await startFaultBench();
});

afterAll(() => bench.close());

interface Outcome {
  readonly status: number;
  readonly cut: boolean;
  readonly outcome: string;
  readonly errorCode: string | null;
  /** Micro-dollars. */
  readonly cost: number;
}

/** The upstream may have done its work: the call is paid for at its ceiling. */
const unreachable = { status: 502, cut: false, outcome: 'upstream_error', errorCode: 'upstream_unreachable' } as const;
const late = { status: 504, cut: false, outcome: 'upstream_error', errorCode: 'upstream_timeout' } as const;
const cutShort = { status: 200, cut: true, outcome: 'upstream_error' } as const;
const fine = { status: 200, cut: false, outcome: 'ok', errorCode: null } as const;
/** The prompt and one event, as they are counted here. */
const oneEvent = 5;

const plain = '{"model":"gpt-4o-mini","usage":{"prompt_tokens":10,"completion_tokens":10}}';
const packed = gzipSync(plain).toString('latin1');
const json = (headers: string, text = plain): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${headers}\r\n\r\n${text}`;
const write =
  (text: string): RawAnswer =>
  (socket) =>
    socket.write(text, 'latin1');
const writeAndEnd =
  (text: string): RawAnswer =>
  (socket) =>
    socket.end(text, 'latin1');

const upstreamFaults: readonly (readonly [string, RawAnswer, Outcome])[] = [
  ['closes without a word', (socket) => socket.destroy(), { ...unreachable, cost: ceiling }],
  ['resets', (socket) => socket.resetAndDestroy(), { ...unreachable, cost: ceiling }],
  ['never answers', () => undefined, { ...late, cost: ceiling }],
  ['writes garbage', write('\x16\x03\x01 this is no HTTP\r\n\r\n'), { ...unreachable, cost: ceiling }],
  ['begins a head and stops', write('HTTP/1.1 200 OK\r\ncontent-ty'), { ...late, cost: ceiling }],
  ['sends a head of a megabyte', write(json(`x-large: ${'x'.repeat(2 ** 20)}`)), { ...unreachable, cost: ceiling }],
  ['sends a megabyte of short headers', write(json('x: y\r\n'.repeat(180_000))), { ...unreachable, cost: ceiling }],
  [
    'sends ten thousand interim answers',
    write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(10_000)),
    { ...unreachable, cost: ceiling },
  ],
  [
    'sends a few interim answers first',
    (socket, request) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n');
      served(socket, request);
    },
    { ...fine, cost },
  ],
  ['switches protocols unasked', write('HTTP/1.1 101 Switching Protocols\r\n\r\n'), { ...unreachable, cost: ceiling }],
  ['tells two lengths', write(json('content-length: 5\r\ncontent-length: 75')), { ...unreachable, cost: ceiling }],
  [
    'tells a length and chunks',
    write(json('content-length: 75\r\ntransfer-encoding: chunked')),
    { ...unreachable, cost: ceiling },
  ],
  [
    'tells a length beyond all numbers',
    write(json(`content-length: ${'9'.repeat(40)}`)),
    { ...unreachable, cost: ceiling },
  ],
  ['splits its head by a bare line feed', write(json('x: a\nset-cookie: b')), { ...unreachable, cost: ceiling }],
  ['puts a NUL into a header', write(json('x: a\0b')), { ...unreachable, cost: ceiling }],
  ['says nothing after its head', write(streamHead), { ...cutShort, errorCode: 'upstream_timeout', cost: 4 }],
  [
    'falls silent in the middle',
    write(streamHead + eventChunk),
    { ...cutShort, errorCode: 'upstream_timeout', cost: oneEvent },
  ],
  [
    'resets in the middle',
    (socket) => socket.write(streamHead + eventChunk, () => setTimeout(() => socket.resetAndDestroy(), 50)),
    { ...cutShort, errorCode: 'upstream_unreachable', cost: oneEvent },
  ],
  [
    'closes before its last chunk',
    writeAndEnd(streamHead + eventChunk),
    { ...cutShort, errorCode: 'upstream_unreachable', cost: oneEvent },
  ],
  [
    'breaks its chunks',
    write(`${streamHead}${eventChunk}-5\r\nabcde\r\n`),
    { ...cutShort, errorCode: 'upstream_unreachable', cost: oneEvent },
  ],
  [
    'tells a chunk beyond all numbers',
    write(`${streamHead}${eventChunk}${'f'.repeat(20)}\r\n`),
    { ...cutShort, errorCode: 'upstream_unreachable', cost: oneEvent },
  ],
  [
    'hides behind a megabyte of chunk extensions',
    write(`${streamHead}${eventChunk}5;${'x'.repeat(2 ** 20)}\r\nabcde\r\n`),
    { ...cutShort, errorCode: 'upstream_unreachable', cost: oneEvent },
  ],
  [
    'sends a megabyte of trailers',
    write(`${streamHead}${eventChunk}0\r\n${'x: y\r\n'.repeat(180_000)}\r\n`),
    { ...cutShort, errorCode: 'upstream_unreachable', cost: oneEvent },
  ],
  [
    'sends less than it told',
    writeAndEnd(json('content-length: 500')),
    { ...cutShort, errorCode: 'upstream_unreachable', cost: 13 },
  ],
  ['sends more than it told', write(`${json(`content-length: ${plain.length}`)}and more`), { ...fine, cost }],
  [
    'sends trailers',
    (socket) =>
      socket.write(`${streamHead}${eventChunk}${chunkOf(`data: ${plain}\n\n`)}0\r\nx-trailer: set-cookie\r\n\r\n`),
    { ...fine, cost },
  ],
  [
    'packs its answer although it was asked not to',
    write(json(`content-encoding: gzip\r\ncontent-length: ${packed.length}`, packed)),
    { ...fine, cost: 17 },
  ],
];

describe('an upstream that', () => {
  it.each(upstreamFaults)('%s', async (_name, answer, expected) => {
    const tool = await bench.tool(expected.cost);
    bench.upstream.answer(answer);
    const received = await callRaw(bench.gateway.port, tool.request).over;
    expect({ status: received.status, cut: received.cut }).toEqual({ status: expected.status, cut: expected.cut });
    expect(received.head).not.toMatch(/set-cookie|trailer/i);
    const row = await tool.row();
    expect(row).toMatchObject({ status: expected.status, outcome: expected.outcome, errorCode: expected.errorCode });
    expect(row.costMicroUsd).toBe(expected.cost);
    await tool.expectNothingHeld();
    await bench.quiet();
    expect(tool.rows()).toHaveLength(2);
  });
});

const large = `{"model":"gpt-4o-mini","stream":true,"max_tokens":1000,"messages":[{"role":"user","content":"${'x'.repeat(200_000)}"}]}`;

describe('a caller that leaves', () => {
  /** Asks to be told when its body is waited for. */
  const waiting = (request: string): string => request.replace('Connection: close', 'Expect: 100-continue');
  const mayGoOn = (received: string): boolean => received.includes('100 Continue');
  const leave = { status: 499, outcome: 'client_aborted', errorCode: null } as const;

  it('within its head has made no request', async () => {
    const tool = await bench.tool(0);
    const caller = callRaw(bench.gateway.port, tool.request.slice(0, tool.request.indexOf('\r\n\r\n')));
    await once(caller.socket, 'connect');
    caller.socket.end();
    await caller.over;
    await tool.expectNothingHeld();
    await bench.quiet();
    expect(tool.rows()).toHaveLength(1);
  });

  it.each(['end', 'resetAndDestroy'] as const)('before its body, by %s', async (way) => {
    const tool = await bench.tool(0);
    const caller = callRaw(bench.gateway.port, waiting(tool.request).replace(body, ''));
    await caller.until(mayGoOn);
    caller.socket[way]();
    expect(await tool.row()).toMatchObject({ ...leave, costMicroUsd: 0 });
    await tool.expectNothingHeld();
    await bench.quiet();
    expect(tool.rows()).toHaveLength(2);
  });

  it.each(['end', 'resetAndDestroy'] as const)('in the middle of its body, by %s', async (way) => {
    const tool = await bench.tool(0);
    const caller = callRaw(bench.gateway.port, waiting(tool.request).slice(0, -10));
    await caller.until(mayGoOn);
    caller.socket[way]();
    expect(await tool.row()).toMatchObject({ ...leave, costMicroUsd: 0 });
    await tool.expectNothingHeld();
    await bench.quiet();
    expect(tool.rows()).toHaveLength(2);
  });

  it('in the middle of a body that is already on its way upstream', async () => {
    const { token, grantId } = await bench.gateway.grant();
    const text = requestText({ token, port: bench.gateway.port, body: large });
    const coming = later<Socket>();
    bench.upstream.answer((socket) => coming.resolve(socket), { early: true });
    const caller = callRaw(bench.gateway.port, text.slice(0, -1_000));
    const atUpstream = await coming.promise;
    caller.socket.resetAndDestroy();
    await once(atUpstream, 'close');
    const row = await bench.gateway.row((candidate) => candidate.grantId === grantId);
    expect(row).toMatchObject(leave);
    await bench.quiet();
  });

  it.each(['end', 'resetAndDestroy'] as const)(
    'before the answer, by %s, is paid for as it may have cost',
    async (way) => {
      const tool = await bench.tool(ceiling);
      const coming = later<Socket>();
      bench.upstream.answer((socket) => coming.resolve(socket));
      const caller = callRaw(bench.gateway.port, tool.request);
      const atUpstream = await coming.promise;
      caller.socket[way]();
      await once(atUpstream, 'close');
      expect(await tool.row()).toMatchObject({ ...leave, costMicroUsd: ceiling });
      await tool.expectNothingHeld();
      await bench.quiet();
      expect(tool.rows()).toHaveLength(2);
    },
  );

  it.each(['end', 'resetAndDestroy'] as const)('in the middle of its stream, by %s', async (way) => {
    const tool = await bench.tool(oneEvent);
    const coming = later<Socket>();
    bench.upstream.answer((socket) => {
      socket.write(streamHead + eventChunk);
      coming.resolve(socket);
    });
    const caller = callRaw(bench.gateway.port, tool.request);
    await caller.until((text) => text.includes('data: '));
    caller.socket[way]();
    await once(await coming.promise, 'close');
    expect(await tool.row()).toMatchObject({ status: 200, outcome: 'client_aborted', costMicroUsd: oneEvent });
    await tool.expectNothingHeld();
    await bench.quiet();
    expect(tool.rows()).toHaveLength(2);
  });
});

it('a caller that reads nothing holds the upstream back, and what is kept for it stays small', async () => {
  const { token } = await bench.gateway.grant({ scopes: ['openai:files'] });
  const total = 50 * 2 ** 20;
  const piece = Buffer.alloc(64 * 1024, 0x61);
  const coming = later<Socket>();
  let written = 0;
  bench.upstream.answer((socket) => {
    coming.resolve(socket);
    socket.write(`HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: ${total}\r\n\r\n`);
    const feed = (): void => {
      while (written < total) {
        written += piece.length;
        if (!socket.write(piece)) {
          socket.once('drain', feed);
          return;
        }
      }
    };
    feed();
  });
  const text = requestText({ token, port: bench.gateway.port, body: '{}', path: '/openai/v1/files' });
  const caller = callRaw(bench.gateway.port, text);
  caller.socket.pause();
  const atUpstream = await coming.promise;
  const before = process.memoryUsage().arrayBuffers;
  let still = -1;
  await expect
    .poll(
      () => {
        const isStill = atUpstream.bytesWritten === still;
        still = atUpstream.bytesWritten;
        return isStill;
      },
      { interval: 400, timeout: 10_000 },
    )
    .toBe(true);
  expect(still).toBeLessThan(total);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 2 ** 20);
  caller.socket.resume();
  expect(await caller.over).toMatchObject({ status: 200, cut: false });
  expect(atUpstream.destroyed).toBe(false);
  await bench.quiet();
});

it('an upstream that answers before the body is complete is heard, and the caller can read it', async () => {
  const { token, grantId } = await bench.gateway.grant({ scopes: ['openai:files'] });
  const text = requestText({ token, port: bench.gateway.port, body: large, path: '/openai/v1/files' });
  bench.upstream.answer((socket) => socket.write('HTTP/1.1 413 Content Too Large\r\ncontent-length: 4\r\n\r\nlong'), {
    early: true,
  });
  const caller = callRaw(bench.gateway.port, text.slice(0, -1_000));
  const answer = await caller.until((received) => received.endsWith('long'));
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(await caller.over).toMatchObject({ status: 413, body: 'long' });
  expect(await bench.gateway.row((row) => row.grantId === grantId)).toMatchObject({
    ...{ status: 413, outcome: 'upstream_error', costMicroUsd: 0 },
  });
  await bench.quiet();
});
