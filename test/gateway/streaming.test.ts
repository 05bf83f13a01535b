import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { later } from './support/later.ts';
import { rawRequest } from './support/raw-request.ts';
import { startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { startUpstream, type TestUpstream } from './support/test-upstream.ts';

let upstream: TestUpstream;
let gateway: TestGateway;
let hasty: TestGateway;
let token: string;

const megabyte = 1024 * 1024;

beforeAll(async () => {
  upstream = await startUpstream();
  const upstreams = [
    { provider: 'openai', baseUrl: `${upstream.origin}/v1` },
    { provider: 'anthropic', baseUrl: upstream.origin },
  ];
  gateway = await startTestGateway({ upstreams });
  hasty = await startTestGateway({
    upstreams,
    configuration: { timeouts: { connect: 1_000, firstByte: 200, idle: 200 } },
  });
  token = (await gateway.grant()).token;
});

beforeEach(() => upstream.raw(null));

afterAll(async () => {
  await gateway.close();
  await hasty.close();
  await upstream.close();
});

interface Call {
  readonly request: http.ClientRequest;
  readonly answer: Promise<IncomingMessage>;
}

function open(path: string, headers: http.OutgoingHttpHeaders = {}, authorization = `Bearer ${token}`): Call {
  const request = http.request(gateway.url + path, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', ...headers },
    agent: false,
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  answer.catch(() => undefined);
  return { request, answer };
}

function idOf(answer: IncomingMessage): string {
  return String(answer.headers['x-tollkeeper-request-id']);
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function take(handler: (request: IncomingMessage, response: ServerResponse) => void): void {
  upstream.raw(handler);
}

const events = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' });
const chunk = (content: string): string =>
  `data: {"id":"c","object":"chat.completion.chunk","model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`;
const usage =
  'data: {"id":"c","object":"chat.completion.chunk","model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}\n\n';

describe('a stream', () => {
  it('arrives event by event, not at the end', async () => {
    let upstreamResponse: ServerResponse | null = null;
    take((request, response) => {
      request.resume();
      upstreamResponse = events(response);
      response.write(chunk('one'));
    });
    const { request, answer } = open('/openai/v1/chat/completions');
    request.end('{"model":"gpt-4o-mini","stream":true}');
    const response = await answer;
    const [first] = await once(response, 'data');
    expect(String(first)).toBe(chunk('one'));
    (upstreamResponse as ServerResponse | null)?.end(usage);
    expect(await textOf(response)).toBe(usage);
    expect(await gateway.row(idOf(response))).toMatchObject({
      ...{ stream: true, outcome: 'ok', inputTokens: 10, outputTokens: 3 },
      priceVersion: expect.stringContaining('genai-prices'),
    });
  });

  it('sends its head before its first event', async () => {
    const held: ServerResponse[] = [];
    take((request, response) => {
      request.resume();
      events(response).flushHeaders();
      held.push(response);
    });
    const { request, answer } = open('/openai/v1/chat/completions');
    request.end('{"model":"gpt-4o-mini"}');
    expect((await answer).headers['content-type']).toBe('text/event-stream');
    held[0]?.end();
    await textOf(await answer);
  });

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('without usage is counted by its events, and says so, with lines that end in %s', async (_, lineEnd) => {
    take((request, response) => {
      request.resume();
      const stream = `${chunk('a')}${chunk('b')}${chunk('c')}data: [DONE]\n\n`;
      events(response).end(stream.replaceAll('\n', lineEnd));
    });
    const { request, answer } = open('/openai/v1/chat/completions');
    request.end('{"model":"gpt-4o-mini","stream":true}');
    const response = await answer;
    await textOf(response);
    const row = await gateway.row(idOf(response));
    expect(row.outputTokens).toBe(4);
    expect(row.costMicroUsd).toBeGreaterThan(0);
    expect(row.estimated).toBe(true);
  });
});

describe('breaking off', () => {
  it('by the caller reaches the upstream, and is paid for as far as it came', async () => {
    const closed = later();
    take((request, response) => {
      request.resume();
      response.once('close', closed.resolve);
      events(response).write(
        'event: message_start\ndata: {"type":"message_start","message":{"model":"claude-sonnet-4-5","usage":{"input_tokens":700,"output_tokens":1}}}\n\n',
      );
    });
    const { request, answer } = open('/anthropic/v1/messages');
    request.end('{"model":"claude-sonnet-4-5","stream":true}');
    const response = await answer;
    await once(response, 'data');
    response.destroy();
    await closed.promise;
    const row = await gateway.row(idOf(response));
    expect(row).toMatchObject({ outcome: 'client_aborted', status: 200, inputTokens: 700 });
    expect(row.costMicroUsd).toBeGreaterThan(2_000);
  });

  it('by the caller before any answer reaches the upstream too', async () => {
    const arrived = later();
    const closed = later();
    take((request, response) => {
      request.resume();
      response.once('close', closed.resolve);
      arrived.resolve();
    });
    const { request } = open('/openai/v1/responses');
    request.on('error', () => undefined);
    request.end('{"model":"gpt-4o-mini"}');
    await arrived.promise;
    request.destroy();
    await closed.promise;
    const row = await gateway.row((candidate) => candidate.endpoint.endsWith('/responses'));
    expect(row).toMatchObject({ outcome: 'client_aborted', status: 499, costMicroUsd: null });
  });

  it('by the caller in the middle of its body leaves a row', async () => {
    const { request } = open('/openai/v1/embeddings', { 'content-length': '1000' });
    request.on('error', () => undefined);
    request.write('{"model":');
    await once(request, 'socket');
    await new Promise<void>((resolve) => request.write(' ', () => resolve()));
    request.destroy();
    const row = await gateway.row((candidate) => candidate.endpoint.endsWith('/embeddings'));
    expect(row).toMatchObject({ outcome: 'client_aborted', costMicroUsd: 0 });
  });

  it('by the caller after the closing event is no breaking off', async () => {
    const closed = later();
    take((request, response) => {
      request.resume();
      response.once('close', closed.resolve);
      const stream = events(response);
      for (let index = 0; index < 20; index += 1)
        stream.write('event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"a"}\n\n');
      stream.write(
        'event: response.completed\ndata: {"type":"response.completed","response":{"model":"gpt-4o-mini","usage":{"input_tokens":30,"output_tokens":5}}}\n\n',
      );
    });
    const { request, answer } = open('/openai/v1/responses');
    request.end('{"model":"gpt-4o-mini","stream":true}');
    const response = await answer;
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
      if (text.includes('response.completed"')) break;
    }
    await closed.promise;
    const row = await gateway.row(idOf(response));
    expect(row).toMatchObject({ outcome: 'ok', inputTokens: 30, outputTokens: 5 });
    expect(row.estimated).toBeUndefined();
  });

  it('by the upstream resets the caller, so that a cut answer is never taken for a whole one', async () => {
    take((request, response) => {
      request.resume();
      events(response).write(chunk('half'), () => response.socket?.destroy());
    });
    const { request, answer } = open('/openai/v1/chat/completions');
    request.end('{"model":"gpt-4o-mini"}');
    const response = await answer;
    await expect(textOf(response)).rejects.toThrow();
    expect(await gateway.row(idOf(response))).toMatchObject({
      ...{ outcome: 'upstream_error', status: 200, errorCode: 'upstream_unreachable' },
    });
  });

  it('by the upstream before its answer is a 502 in the right shape, sent once', async () => {
    let calls = 0;
    take((request) => {
      calls += 1;
      request.socket.destroy();
    });
    const { request, answer } = open('/openai/v1/chat/completions');
    request.end('{"model":"gpt-4o-mini"}');
    const response = await answer;
    expect(response.statusCode).toBe(502);
    expect(await textOf(response)).toContain('"code":"upstream_unreachable"');
    expect(calls).toBe(1);
    expect(response.headers['retry-after']).toBe('2');
    expect(await gateway.row(idOf(response))).toMatchObject({ outcome: 'upstream_error', status: 502 });
  });
});

describe('an upstream that takes too long', () => {
  async function ask(): Promise<Response> {
    const grant = await hasty.grant();
    return fetch(`${hasty.url}/openai/v1/chat/completions`, {
      ...{ method: 'POST', body: '{"model":"gpt-4o-mini"}' },
      headers: { authorization: `Bearer ${grant.token}` },
    });
  }

  function rowOf(answer: Response) {
    return hasty.row(answer.headers.get('x-tollkeeper-request-id') ?? '');
  }

  it('to begin is a 504', async () => {
    take((request) => void request.resume());
    const answer = await ask();
    expect(answer.status).toBe(504);
    expect(await answer.text()).toContain('"code":"upstream_timeout"');
    expect(await rowOf(answer)).toMatchObject({ outcome: 'upstream_error', errorCode: 'upstream_timeout' });
  });

  it('to go on is cut', async () => {
    take((request, response) => {
      request.resume();
      events(response).write(chunk('then nothing'));
    });
    const answer = await ask();
    await expect(answer.text()).rejects.toThrow();
    expect(await rowOf(answer)).toMatchObject({ outcome: 'upstream_error', errorCode: 'upstream_timeout' });
  });
});

it('an upstream that is not there is a 502', async () => {
  const gone = await startTestGateway({ upstreams: [{ provider: 'openai', baseUrl: 'http://127.0.0.1:1/v1' }] });
  const grant = await gone.grant();
  const answer = await fetch(`${gone.url}/openai/v1/chat/completions`, {
    ...{ method: 'POST', body: '{"model":"gpt-4o-mini"}' },
    headers: { authorization: `Bearer ${grant.token}` },
  });
  expect(answer.status).toBe(502);
  expect(await answer.text()).not.toContain('ECONNREFUSED');
  const row = await gone.row(answer.headers.get('x-tollkeeper-request-id') ?? '');
  expect(row).toMatchObject({ outcome: 'upstream_error', errorCode: 'upstream_unreachable', costMicroUsd: 0 });
  await gone.close();
});

describe('50 MB', () => {
  const size = 50 * megabyte;

  /** Writes as much as the other side takes; answers how much that was once it took no more for a while of loop turns. */
  async function fill(target: NodeJS.WritableStream, piece: Buffer, limit: number): Promise<number> {
    let written = 0;
    while (written < limit) {
      const more = target.write(piece);
      written += piece.length;
      if (!more && !(await drained(target))) break;
    }
    return written;
  }

  /** True when the stream drains; false when nothing has moved for 200 turns of the event loop with I/O in each. */
  async function drained(target: NodeJS.WritableStream): Promise<boolean> {
    let done = false;
    target.once('drain', () => {
      done = true;
    });
    for (let turn = 0; turn < 200 && !done; turn += 1) {
      await fetch(`${gateway.url}/healthz`).then((answer) => answer.arrayBuffer());
    }
    return done;
  }

  it('go up piece by piece, as fast as the upstream reads', async () => {
    let received = 0;
    const start = later<IncomingMessage>();
    take((request, response) => {
      request.pause();
      start.resolve(request);
      request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
    });
    const { request, answer } = open('/openai/v1/chat/completions', { 'content-length': String(size) });
    const piece = Buffer.alloc(megabyte, 'x');
    const written = await fill(request, piece, size);
    expect(written).toBeLessThan(24 * megabyte);
    const upstreamRequest = await start.promise;
    upstreamRequest.on('data', (data: Buffer) => {
      received += data.length;
    });
    upstreamRequest.resume();
    for (let sent = written; sent < size; sent += piece.length) {
      if (!request.write(piece)) await once(request, 'drain');
    }
    request.end();
    const response = await answer;
    await textOf(response);
    expect(response.statusCode).toBe(200);
    expect(received).toBe(size);
    expect(upstreamRequest.headers['content-length']).toBe(String(size));
  });

  it('come down no faster than the caller reads', async () => {
    const sent = later<number>();
    take((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': String(size) });
      const piece = Buffer.alloc(megabyte, 'y');
      void fill(response, piece, size).then(async (written) => {
        sent.resolve(written);
        for (let total = written; total < size; total += piece.length) {
          if (!response.write(piece)) await once(response, 'drain');
        }
        response.end();
      });
    });
    const request = http.get(`${gateway.url}/openai/v1/files/f1/content`, {
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.pause();
    expect(await sent.promise).toBeLessThan(24 * megabyte);
    let received = 0;
    for await (const data of response) received += (data as Buffer).length;
    expect(received).toBe(size);
  });

  it('of JSON come whole to the upstream, and the row knows the model', async () => {
    let received = 0;
    take((request, response) => {
      request.on('data', (data: Buffer) => {
        received += data.length;
      });
      request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
    });
    const head = '{"messages":[{"role":"user","content":"';
    const tail = '"}],"model":"gpt-4o-mini"}';
    const { request, answer } = open('/openai/v1/chat/completions');
    request.write(head);
    const piece = Buffer.alloc(megabyte, 'z');
    for (let sent = 0; sent < size; sent += piece.length) {
      if (!request.write(piece)) await once(request, 'drain');
    }
    request.end(tail);
    const response = await answer;
    await textOf(response);
    expect(received).toBe(head.length + size + tail.length);
    expect((await gateway.row(idOf(response))).model).toBe('gpt-4o-mini');
  });
});

it('an upstream that answers before it has read everything is heard', async () => {
  take((request, response) => {
    response.writeHead(413, { 'content-type': 'application/json' }).end('{"error":"too much"}');
    request.resume();
  });
  const { request, answer } = open('/openai/v1/files', { 'content-type': 'application/octet-stream' });
  request.on('error', () => undefined);
  request.write(Buffer.alloc(megabyte));
  const response = await answer;
  expect(response.statusCode).toBe(413);
  expect(await textOf(response)).toBe('{"error":"too much"}');
  request.end();
});

it('a caller that leaves while its token is verified is not waited for', async () => {
  const left = await startTestGateway({ upstreams: [{ provider: 'openai', baseUrl: `${upstream.origin}/v1` }] });
  for (let turn = 0; turn < 10; turn += 1) {
    const grant = await left.grant();
    const head = ['POST /openai/v1/chat/completions HTTP/1.1', `Host: 127.0.0.1:${left.port}`];
    head.push(
      `Authorization: Bearer ${grant.token}`,
      turn % 2 === 0 ? 'Content-Length: 9' : 'Content-Length: 0',
      '',
      '',
    );
    const socket = net.connect(left.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(head.join('\r\n'), () => socket.destroy());
    await left.row(() => left.rows.length > turn);
  }
  await left.close(60_000);
  expect(left.rows).toHaveLength(10);
  const bodyNeverCame = left.rows.filter((_row, turn) => turn % 2 === 0);
  expect(bodyNeverCame.map(({ outcome }) => outcome)).toEqual(Array(5).fill('client_aborted'));
});

it('a refused caller can read why while its body is still on the way', async () => {
  const head = [
    'POST /openai/v1/files HTTP/1.1',
    `Host: 127.0.0.1:${gateway.port}`,
    'Authorization: Bearer no',
    `Content-Length: ${20 * megabyte}`,
    'Connection: close',
  ];
  const answer = await rawRequest(gateway.port, `${head.join('\r\n')}\r\n\r\n${'x'.repeat(20 * megabyte)}`);
  expect(answer.status).toBe(401);
  expect(answer.body).toContain('invalid_token');
});

it('a caller that waits for 100 Continue is told to go on only when its request may', async () => {
  const { request, answer } = open('/openai/v1/chat/completions', { expect: '100-continue', 'content-length': '23' });
  request.flushHeaders();
  await once(request, 'continue');
  request.end('{"model":"gpt-4o-mini"}');
  const response = await answer;
  expect(response.statusCode).toBe(200);
  response.resume();
  const refused = open('/openai/v1/chat/completions', { expect: '100-continue', 'content-length': '23' }, 'Bearer no');
  let continued = false;
  refused.request.on('continue', () => {
    continued = true;
  });
  refused.request.flushHeaders();
  expect((await refused.answer).statusCode).toBe(401);
  expect(continued).toBe(false);
  refused.request.destroy();
});
