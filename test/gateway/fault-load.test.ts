import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  body,
  chunkOf,
  eventChunk,
  type FaultBench,
  served,
  startFaultBench,
  streamHead,
} from './support/fault-bench.ts';
import { callRaw, type RawCaller, requestText } from './support/raw-caller.ts';
import { keyOf, startTestGateway } from './support/test-gateway.ts';

/** Faults of many at once, of whole processes, and of what is too large. See docs/faults.md. */
let bench: FaultBench;
let token: string;
let grantId: string;

const patient = { connect: 60_000, firstByte: 60_000, idle: 60_000 };
const many = 1_000;
const megabyte = 1024 * 1024;
const hasEvent = (text: string): boolean => text.includes('data: ');

beforeAll(async () => {
  bench = await startFaultBench(patient);
  ({ token, grantId } = await bench.gateway.grant());
});

afterAll(() => bench.close());

function request(options: { readonly body?: string; readonly headers?: readonly string[] } = {}): string {
  return requestText({ token, port: bench.gateway.port, body, ...options });
}

async function rowsOf(count: number, grant = grantId) {
  const rows = () => bench.gateway.rows.filter((row) => row.grantId === grant);
  await expect.poll(() => rows().length, { timeout: 10_000 }).toBe(count);
  return rows();
}

/** Streams that have all shown their first event. */
async function openStreams(bearer: string): Promise<readonly RawCaller[]> {
  const text = requestText({ token: bearer, port: bench.gateway.port, body });
  const callers = Array.from({ length: many }, () => callRaw(bench.gateway.port, text));
  await Promise.all(callers.map((caller) => caller.until(hasEvent)));
  return callers;
}

describe('a thousand streams at once', () => {
  it('are all served, each with its row, and leave nothing open', async () => {
    const grant = await bench.gateway.grant();
    bench.upstream.answer((socket) => socket.write(streamHead + eventChunk));
    const callers = await openStreams(grant.token);
    expect(bench.upstream.connections.size).toBe(many);
    for (const socket of bench.upstream.connections) socket.write(`${chunkOf('data: [DONE]\n\n')}0\r\n\r\n`);
    const answers = await Promise.all(callers.map((caller) => caller.over));
    expect(answers.filter(({ status, cut }) => status === 200 && !cut)).toHaveLength(many);
    const rows = await rowsOf(many, grant.grantId);
    expect(new Set(rows.map(({ requestId }) => requestId)).size).toBe(many);
    expect(rows.every(({ outcome }) => outcome === 'ok')).toBe(true);
    await bench.quiet();
  });

  it('end at the upstream when their callers reset them', async () => {
    const grant = await bench.gateway.grant();
    bench.upstream.answer((socket) => socket.write(streamHead + eventChunk));
    const callers = await openStreams(grant.token);
    for (const { socket } of callers) socket.resetAndDestroy();
    const rows = await rowsOf(many, grant.grantId);
    expect(rows.every(({ outcome, status }) => outcome === 'client_aborted' && status === 200)).toBe(true);
    await expect.poll(() => bench.upstream.connections.size, { timeout: 5_000 }).toBe(0);
    await bench.quiet();
  });

  it('are cut when the upstream goes away, and are paid for as far as they came', async () => {
    const grant = await bench.gateway.grant();
    bench.upstream.answer((socket) => socket.write(streamHead + eventChunk));
    const callers = await openStreams(grant.token);
    for (const socket of bench.upstream.connections) socket.resetAndDestroy();
    const answers = await Promise.all(callers.map((caller) => caller.over));
    expect(answers.filter(({ status, cut }) => status === 200 && cut)).toHaveLength(many);
    const rows = await rowsOf(many, grant.grantId);
    expect(
      rows.every(({ errorCode, costMicroUsd }) => errorCode === 'upstream_unreachable' && costMicroUsd === 5),
    ).toBe(true);
    await bench.gateway.heal();
    await bench.quiet();
  });

  it('that nobody finishes opening are let go with their callers', async () => {
    const before = bench.gateway.rows.length;
    const callers = Array.from({ length: many }, () => callRaw(bench.gateway.port, request().slice(0, 100)));
    await Promise.all(callers.map(({ socket }) => once(socket, 'connect')));
    for (const { socket } of callers) socket.resetAndDestroy();
    await bench.quiet();
    expect(bench.gateway.rows.length).toBe(before);
    bench.upstream.answer(served);
    expect((await callRaw(bench.gateway.port, request()).over).status).toBe(200);
  });
});

/** A provider in a process of its own that streams without an end. */
async function startProvider(): Promise<{ readonly child: ChildProcess; readonly origin: string }> {
  const script = `
    require('node:http').createServer((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      request.resume();
      setInterval(() => response.write(${JSON.stringify('data: {"choices":[{"delta":{"content":"a"}}]}\n\n')}), 5);
    }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, origin: `http://127.0.0.1:${port}` };
}

describe('a provider’s process', () => {
  it('killed in the middle of streams cuts them, and the next call says that nobody is there', async () => {
    const { child, origin } = await startProvider();
    const gateway = await startTestGateway({ upstreams: [{ provider: 'openai', baseUrl: `${origin}/v1` }] });
    onTestFinished(() => gateway.close());
    const grant = await gateway.grant();
    const text = requestText({ token: grant.token, port: gateway.port, body });
    const callers = Array.from({ length: 20 }, () => callRaw(gateway.port, text));
    await Promise.all(callers.map((caller) => caller.until(hasEvent)));
    child.kill('SIGKILL');
    const answers = await Promise.all(callers.map((caller) => caller.over));
    expect(answers.every(({ status, cut }) => status === 200 && cut)).toBe(true);
    await expect.poll(() => gateway.rows.length).toBe(callers.length);
    expect(
      gateway.rows.every(
        ({ errorCode, outcome }) => errorCode === 'upstream_unreachable' && outcome === 'upstream_error',
      ),
    ).toBe(true);
    expect(gateway.rows.every(({ costMicroUsd, estimated }) => (costMicroUsd ?? 0) > 0 && estimated === true)).toBe(
      true,
    );
    await gateway.heal();
    const next = await callRaw(gateway.port, text).over;
    expect([next.status, next.cut]).toEqual([502, false]);
    expect(await gateway.row(next.requestId)).toMatchObject({ costMicroUsd: 0, errorCode: 'upstream_unreachable' });
  });

  it('stopped in the middle of a stream is not waited for any longer than the idle time', async () => {
    const { child, origin } = await startProvider();
    const gateway = await startTestGateway({
      upstreams: [{ provider: 'openai', baseUrl: `${origin}/v1` }],
      configuration: { timeouts: { connect: 1_000, firstByte: 300, idle: 300 } },
    });
    onTestFinished(() => gateway.close());
    const { token: bearer } = await gateway.grant();
    const text = requestText({ token: bearer, port: gateway.port, body });
    const running = callRaw(gateway.port, text);
    await running.until(hasEvent);
    child.kill('SIGSTOP');
    expect(await running.over).toMatchObject({ status: 200, cut: true });
    const next = await callRaw(gateway.port, text).over;
    expect([next.status, next.cut]).toEqual([504, false]);
    await gateway.row(next.requestId);
    expect(gateway.rows.map(({ errorCode }) => errorCode)).toEqual(['upstream_timeout', 'upstream_timeout']);
  });
});

describe('a mock provider that', () => {
  const completion = {
    content: 'The toll is paid and the gate is open.',
    usage: { prompt_tokens: 21, completion_tokens: 9 },
  };
  it.each([
    ['drops', { dropRate: 1 }, { outcome: 'upstream_error', status: 500 }],
    ['limits', { rateLimitRate: 1 }, { outcome: 'upstream_error', status: 429 }],
    [
      'disconnects',
      { disconnectRate: 1 },
      { outcome: 'upstream_error', status: 502, errorCode: 'upstream_unreachable' },
    ],
    ['garbles', { malformedRate: 1 }, { outcome: 'ok', status: 200, estimated: true }],
    ['is slow', { latencyMs: 5_000 }, { outcome: 'upstream_error', status: 504, errorCode: 'upstream_timeout' }],
  ] as const)('%s is told as it is, in one row each', async (_name, chaos, expected) => {
    const mock = new LLMock({ port: 0, host: '127.0.0.1', auth: { apiKeys: [keyOf('openai')] } });
    mock.onMessage(/.*/, completion, { chaos });
    const url = await mock.start();
    onTestFinished(() => mock.stop());
    const gateway = await startTestGateway({
      upstreams: [{ provider: 'openai', baseUrl: `${url}/v1` }],
      configuration: { timeouts: { connect: 1_000, firstByte: 300, idle: 300 } },
    });
    onTestFinished(() => gateway.close());
    const { token: bearer } = await gateway.grant();
    const text = requestText({ token: bearer, port: gateway.port, body });
    for (let calls = 1; calls <= 3; calls += 1) {
      await gateway.heal();
      const { cut, status } = await callRaw(gateway.port, text).over;
      expect([cut, status]).toEqual([false, expected.status]);
      await expect.poll(() => gateway.rows.length).toBe(calls);
    }
    for (const row of gateway.rows) expect(row).toMatchObject(expected);
  });
});

describe('what is too large', () => {
  it('a megabyte of request headers is refused, and the next caller is served', async () => {
    const before = bench.gateway.rows.length;
    const header = `X-Large: ${'x'.repeat(megabyte)}`;
    const answer = await callRaw(bench.gateway.port, request({ headers: [header, 'Connection: close'] })).over;
    expect(answer.status).toBe(431);
    bench.upstream.answer(served);
    expect((await callRaw(bench.gateway.port, request()).over).status).toBe(200);
    await expect.poll(() => bench.gateway.rows.length).toBe(before + 1);
  });

  it('a body of 100 MB that has to be looked into is refused once it has gone beyond what is held', async () => {
    const grant = await bench.gateway.grant({ scopes: ['openai:chat:gpt-*'] });
    const large = 100 * megabyte;
    const requests = bench.upstream.requests;
    const head = requestText({ token: grant.token, port: bench.gateway.port, body: '' }).replace(
      'Content-Length: 0',
      'Transfer-Encoding: chunked',
    );
    const caller = callRaw(bench.gateway.port, head);
    const piece = Buffer.from(chunkOf(' '.repeat(megabyte)));
    await once(caller.socket, 'connect');
    let sent = 0;
    const feed = (): void => {
      while (sent < large && !caller.socket.destroyed) {
        sent += megabyte;
        if (!caller.socket.write(piece)) {
          caller.socket.once('drain', feed);
          return;
        }
      }
    };
    feed();
    await caller.until((text) => text.includes('\r\n\r\n'));
    const answer = await caller.over;
    expect(answer.status).toBe(413);
    expect(bench.upstream.requests).toBe(requests);
    const [row] = await rowsOf(1, grant.grantId);
    expect(row).toMatchObject({ status: 413, outcome: 'denied', errorCode: 'request_too_large', costMicroUsd: 0 });
    await bench.quiet();
  });

  it('a body of 100 MB that only passes comes whole', async () => {
    const large = ' '.repeat(100 * megabyte);
    const grant = await bench.gateway.grant({ scopes: ['openai:files'] });
    let received = 0;
    bench.upstream.answer(
      (socket, request) => {
        socket.removeAllListeners('data');
        received = request.length - request.indexOf('\r\n\r\n') - 4;
        socket.on('data', (chunk: Buffer) => {
          received += chunk.length;
          if (received >= large.length) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
        });
      },
      { early: true },
    );
    const text = requestText({ token: grant.token, port: bench.gateway.port, body: large, path: '/openai/v1/files' });
    expect(await callRaw(bench.gateway.port, text).over).toMatchObject({ status: 200, body: '{}' });
    expect(await rowsOf(1, grant.grantId)).toMatchObject([{ outcome: 'ok', costMicroUsd: 0 }]);
    await bench.quiet();
  });
});
