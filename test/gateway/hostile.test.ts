import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { body, chunkOf, type FaultBench, served, startFaultBench, streamHead } from './support/fault-bench.ts';
import { later } from './support/later.ts';
import { callRaw, requestText } from './support/raw-caller.ts';

/** Callers that try to get more than one answer out of a request, or a request into an answer. */
let bench: FaultBench;
let token: string;

beforeAll(async () => {
  bench = await startFaultBench();
  ({ token } = await bench.gateway.grant());
});

afterAll(() => bench.close());

const keep: readonly string[] = ['X-Kept: 1'];
/** A body that is whole by its length and by its chunks too. */
const inChunks = `${chunkOf(body)}0\r\n\r\n`;

function request(headers: readonly string[], text = body, path?: string): string {
  const where = path === undefined ? {} : { path };
  return requestText({ ...{ token, port: bench.gateway.port, body: text, headers }, ...where });
}

describe('a model’s name', () => {
  it('can’t put a line into the answer’s head, nor break it', async () => {
    bench.upstream.answer(served);
    const model = 'openai/gpt-4o-mini\\r\\nx-evil: 1\\u0000 \\u00e4\\u4e2d';
    const text = `{"model":"${model}","stream":true,"messages":[]}`;
    const answer = await callRaw(bench.gateway.port, request(['Connection: close'], text, '/v1/chat/completions')).over;
    expect([answer.status, answer.cut]).toEqual([200, false]);
    expect(answer.head).not.toMatch(/^x-evil/im);
    expect(answer.head).toMatch(
      /^x-tollkeeper-upstream: openai\/gpt-4o-mini__x-evil:_1_[_]+;credential=credential-1\r?$/im,
    );
  });
});

describe('a request behind another', () => {
  it('is not looked at while the first streams, and is judged by itself', async () => {
    const coming = later<() => void>();
    const before = bench.upstream.requests;
    bench.upstream.answer((socket) => {
      socket.write(streamHead + chunkOf('data: {"first":1}\n\n'));
      coming.resolve(() => socket.write('0\r\n\r\n'));
    });
    const second = request(['Connection: close']).replace(token, `${token}x`);
    const caller = callRaw(bench.gateway.port, request(keep) + second);
    await caller.until((text) => text.includes('first'));
    expect(await caller.until((text) => text.includes('first'))).not.toContain('401');
    (await coming.promise)();
    const whole = await caller.until((text) => text.includes('HTTP/1.1 401'));
    expect(whole.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401']);
    await caller.over;
    expect(bench.upstream.requests).toBe(before + 1);
  });

  it('that hides in a body is body', async () => {
    const before = bench.upstream.requests;
    bench.upstream.answer(served);
    const last = request(['Connection: close']).replace(token, `${token}x`);
    const { head, body: rest } = await callRaw(bench.gateway.port, request(keep, request(keep)) + last).over;
    expect(`${head}\r\n\r\n${rest}`.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401']);
    expect(bench.upstream.requests).toBe(before + 1);
  });

  it.each([
    ['after an unclear length', 'Content-Length: 5\r\nContent-Length'],
    ['after a length beside chunks', 'Transfer-Encoding: chunked\r\nContent-Length', inChunks],
    ['after a coding under another name', 'Transfer-Encoding: xchunked\r\nX-Length', inChunks],
    ['after a length with a sign', 'Content-Length: +5\r\nX-Length'],
    ['after a length beyond all numbers', `Content-Length: ${'9'.repeat(30)}\r\nX-Length`],
    ['after a folded line', 'X-Folded: a\r\n b\r\nContent-Length'],
    ['after a name with a blank', 'X-Blank : a\r\nContent-Length'],
    ['after a NUL', 'X-Nul: a\0b\r\nContent-Length'],
    ['after a bare line feed', 'X-Feed: a\nContent-Length'],
    ['after a bare carriage return', 'X-Return: a\rb\r\nContent-Length'],
  ])('%s is never reached', async (_name, head, text = body) => {
    const before = bench.upstream.requests;
    bench.upstream.answer(served);
    const first = request(keep, text).replace('Content-Length', head);
    const answer = await callRaw(bench.gateway.port, first + request(['Connection: close'])).over;
    expect(answer.head).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.body).not.toContain('HTTP/1.1');
    expect(bench.upstream.requests).toBe(before);
    await bench.quiet();
  });

  it.each([
    ['a huge extension', `5;${'x'.repeat(100_000)}\r\nabcde\r\n0\r\n\r\n`],
    ['a size beyond all numbers', `${'f'.repeat(17)}\r\nabcde\r\n0\r\n\r\n`],
    ['a size with a sign', '+5\r\nabcde\r\n0\r\n\r\n'],
    ['a size in another notation', '0x5\r\nabcde\r\n0\r\n\r\n'],
    ['a bare line feed', '5\nabcde\n0\n\n'],
    ['too much data', '5\r\nabcdefg\r\n0\r\n\r\n'],
  ])('chunks with %s is never reached', async (_name, chunks) => {
    const before = bench.upstream.requests;
    bench.upstream.answer(served);
    const first = request(keep, '').replace('Content-Length: 0', 'Transfer-Encoding: chunked');
    const answer = await callRaw(bench.gateway.port, first + chunks + request(['Connection: close'])).over;
    expect(answer.head).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.body).not.toContain('HTTP/1.1');
    expect(bench.upstream.requests).toBe(before);
    await bench.quiet();
  });
});
