import { once } from 'node:events';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createDial } from '#main/gateway/http/client/dial.ts';
import { HttpClient, type HttpClientOptions } from '#main/gateway/http/client/http-client.ts';
import type { AnswerHandler, UpstreamCall, UpstreamRequest } from '#main/gateway/http/client/upstream-call.ts';
import type { BodySink } from '#main/gateway/http/wire/body.ts';
import { Ticker } from '#main/gateway/http/wire/ticker.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { plainNetwork } from '#shared/model/network.ts';
import { authorityPem, serverTls } from '#test/fixtures/tls/tls-files.ts';
import { later } from '#test/gateway/support/later.ts';

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that answers each request, known by its empty line, with what `answer` says; null says nothing. */
async function upstream(
  answer: (request: string, socket: Socket) => readonly string[] | null,
  server: Server = net.createServer(),
  host = '127.0.0.1',
): Promise<{ readonly port: number; readonly sockets: Socket[] }> {
  const sockets: Socket[] = [];
  server.on(server instanceof tls.Server ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.push(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', async (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.includes('\r\n\r\n') && (!/transfer-encoding/i.test(text) || text.endsWith('0\r\n\r\n'))) {
        const request = text;
        text = '';
        for (const piece of answer(request, socket) ?? []) {
          socket.write(piece, 'latin1');
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

function clientFor(
  origin: string,
  options: Partial<HttpClientOptions> = {},
  certificates: readonly string[] = [],
): HttpClient {
  const client = new HttpClient({
    origin,
    dial: createDial({ network: { ...plainNetwork, certificates }, connectMs: 5_000 }),
    ...{ ticker: new Ticker(10), connectMs: 5_000, firstByteMs: 5_000, idleMs: 5_000, idleConnectionMs: 5_000 },
    ...options,
  });
  closing.push(() => client.destroy());
  return client;
}

interface Answered {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
  readonly error: Error | null;
  readonly sent: boolean;
}

function call(client: HttpClient, request: Partial<UpstreamRequest> = {}): Promise<Answered> {
  return new Promise((resolve) => {
    let status = 0;
    let headers: readonly string[] = [];
    let body = '';
    client.call(
      {
        method: 'POST',
        path: '/p',
        headers: [],
        body: null,
        bodyLength: null,
        firstByteMs: undefined,
        idleMs: undefined,
        ...request,
      },
      {
        onHeaders(code, raw) {
          status = code;
          headers = raw;
        },
        onData(chunk) {
          body += chunk.toString('latin1');
          return true;
        },
        onComplete: () => resolve({ status, headers, body, error: null, sent: true }),
        onError: (error, sent) => resolve({ status, headers, body, error, sent }),
      },
    );
  });
}

const hello = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

describe('HttpClient', () => {
  it('sends what it was given, and a length', async () => {
    const seen: string[] = [];
    const { port } = await upstream((request) => {
      seen.push(request);
      return [hello];
    });
    const client = clientFor(`http://127.0.0.1:${port}`);
    await call(client, { headers: ['X-A', 'b'], body: Buffer.from('body') });
    await call(client, { method: 'GET' });
    await call(client);
    expect(seen).toEqual([
      `POST /p HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nX-A: b\r\ncontent-length: 4\r\n\r\nbody`,
      `GET /p HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`,
      `POST /p HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 0\r\n\r\n`,
    ]);
  });

  it('keeps its connection, and makes another only for a call at the same time', async () => {
    const { port, sockets } = await upstream(() => [hello]);
    const client = clientFor(`http://127.0.0.1:${port}`);
    await call(client);
    await call(client);
    expect(sockets).toHaveLength(1);
    await Promise.all([call(client), call(client)]);
    expect(sockets).toHaveLength(2);
  });

  it.each([
    ['a length', [hello]],
    ['chunks', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n']],
    ['interim answers before', ['HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n', hello]],
  ])('reads an answer with %s, however it is cut', async (_name, [...pieces]) => {
    const text = pieces.join('');
    const cuts: number[] = [];
    const { port } = await upstream(() => {
      const places = [0, ...new Set(cuts)].sort((first, second) => first - second);
      return places.map((place, index) => text.slice(place, places[index + 1] ?? text.length));
    });
    const client = clientFor(`http://127.0.0.1:${port}`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 6 }), async (next) => {
        cuts.splice(0, cuts.length, ...next);
        expect(await call(client)).toMatchObject({ status: 200, body: 'hello', error: null });
      }),
      { numRuns: 40 },
    );
  });

  it('reads an answer that ends with the connection', async () => {
    const { port } = await upstream((_request, socket) => {
      socket.end('HTTP/1.1 200 OK\r\n\r\nhello');
      return null;
    });
    expect(await call(clientFor(`http://127.0.0.1:${port}`))).toMatchObject({ body: 'hello', error: null });
  });

  it.each([
    ['is no HTTP', 'hello\r\n\r\n', ''],
    ['ends before its length', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello', 'hello'],
    ['ends before its last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', 'hello'],
    ['has a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhellooo', 'hello'],
    ['changes the protocol unasked', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', ''],
    ['never comes', '', ''],
  ])('tells of an answer that %s', async (_name, text, body) => {
    const { port } = await upstream((_request, socket) => {
      socket.end(text);
      return null;
    });
    const answer = await call(clientFor(`http://127.0.0.1:${port}`));
    expect(answer).toMatchObject({ body, sent: true });
    expect(answer.error).toBeInstanceOf(TollkeeperError);
  });

  it('uses no connection again on which more came than was asked for', async () => {
    const { port, sockets } = await upstream(() => [`${hello}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`]);
    const client = clientFor(`http://127.0.0.1:${port}`);
    expect((await call(client)).body).toBe('hello');
    expect((await call(client)).body).toBe('hello');
    expect(sockets).toHaveLength(2);
  });

  it.each([
    ['the upstream closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello'],
    [
      'the upstream will close within a second',
      'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 5\r\n\r\nhello',
    ],
  ])('uses no connection again that %s', async (_name, text) => {
    const { port, sockets } = await upstream(() => [text]);
    const client = clientFor(`http://127.0.0.1:${port}`);
    await call(client);
    await call(client);
    expect(sockets).toHaveLength(2);
  });

  it('uses no connection again on which a request was not sent whole', async () => {
    const { port, sockets } = await upstream(() => [hello]);
    const client = clientFor(`http://127.0.0.1:${port}`);
    const unfinished = { consume: (sink: BodySink) => void sink.onBody(Buffer.from('one')), resume: () => undefined };
    expect((await call(client, { body: unfinished, bodyLength: 9 })).body).toBe('hello');
    expect((await call(client)).body).toBe('hello');
    expect(sockets).toHaveLength(2);
  });

  it('says when nothing was sent', async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(await call(clientFor(`http://127.0.0.1:${port}`))).toMatchObject({ status: 0, sent: false });
  });

  it.each([
    ['a CR LF in a header', { headers: ['x', 'a\r\nb: c'] }],
    ['a header name that is none', { headers: ['x y', 'a'] }],
    ['a space in the path', { path: '/a b' }],
    ['a line end in the path', { path: '/a\r\nx: y' }],
    ['a method that is none', { method: 'GET /x HTTP/1.1\r\n' }],
  ])('sends nothing with %s', async (_name, request) => {
    const { port, sockets } = await upstream(() => [hello]);
    await expect(call(clientFor(`http://127.0.0.1:${port}`), request)).rejects.toThrow(TollkeeperError);
    expect(sockets).toHaveLength(0);
  });

  it('sends a body piece by piece, in chunks where its length is unknown', async () => {
    const seen: string[] = [];
    const { port } = await upstream((request) => {
      seen.push(request);
      return [hello];
    });
    const source = {
      consume(sink: BodySink) {
        sink.onBody(Buffer.from('one'));
        setImmediate(() => {
          sink.onBody(Buffer.from('three'));
          sink.onBodyEnd();
        });
      },
      resume: () => undefined,
    };
    expect((await call(clientFor(`http://127.0.0.1:${port}`), { body: source })).body).toBe('hello');
    expect(seen[0]).toContain('transfer-encoding: chunked\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n');
  });

  it('ends a call whose body breaks off', async () => {
    const { port } = await upstream(() => null);
    const source = {
      consume(sink: BodySink) {
        sink.onBody(Buffer.from('one'));
        setImmediate(() => sink.onBodyError(new TollkeeperError('request_too_large')));
      },
      resume: () => undefined,
    };
    const { error } = await call(clientFor(`http://127.0.0.1:${port}`), { body: source });
    expect(error).toMatchObject({ code: 'request_too_large' });
  });

  it('is not read faster than it is taken', async () => {
    const size = 16 * 1024 * 1024;
    const { port, sockets } = await upstream((_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      socket.write(Buffer.alloc(size));
      return null;
    });
    let taken = 0;
    const first = later();
    const done = later();
    const running: UpstreamCall = clientFor(`http://127.0.0.1:${port}`).call(
      {
        method: 'GET',
        path: '/',
        headers: [],
        body: null,
        bodyLength: null,
        firstByteMs: undefined,
        idleMs: undefined,
      },
      {
        onHeaders: () => undefined,
        onData(chunk) {
          taken += chunk.length;
          first.resolve();
          return false;
        },
        onComplete: () => done.resolve(),
        onError: () => undefined,
      },
    );
    await first.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBeLessThan(1024 * 1024);
    expect(sockets[0]?.writableLength).toBeGreaterThan(0);
    const going = setInterval(() => running.resume(), 0);
    await done.promise;
    clearInterval(going);
    expect(taken).toBe(size);
  });

  it('tells an aborted call nothing more, and cuts its connection', async () => {
    const { port, sockets } = await upstream(() => ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n']);
    const client = clientFor(`http://127.0.0.1:${port}`);
    const head = later();
    const told: string[] = [];
    const handler: AnswerHandler = {
      onHeaders: () => head.resolve(),
      onData: () => true,
      onComplete: () => void told.push('complete'),
      onError: () => void told.push('error'),
    };
    const request = {
      method: 'GET',
      path: '/',
      headers: [],
      body: null,
      bodyLength: null,
      firstByteMs: undefined,
      idleMs: undefined,
    };
    const running = client.call(request, handler);
    await head.promise;
    const gone = once(sockets[0] as Socket, 'close');
    running.abort();
    await gone;
    expect(told).toEqual([]);
  });

  it('does not let a call that is over touch the next one on its connection', async () => {
    const { port, sockets } = await upstream(() => [hello]);
    const client = clientFor(`http://127.0.0.1:${port}`);
    const done = later();
    const over = client.call(
      {
        method: 'GET',
        path: '/',
        headers: [],
        body: null,
        bodyLength: null,
        firstByteMs: undefined,
        idleMs: undefined,
      },
      { onHeaders: () => undefined, onData: () => true, onComplete: () => done.resolve(), onError: () => undefined },
    );
    await done.promise;
    const next = call(client);
    over.abort();
    expect((await next).body).toBe('hello');
    expect(sockets).toHaveLength(1);
  });

  it.each([
    ['does not begin', [], { firstByteMs: 30 }],
    ['stops in the middle', ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello'], { idleMs: 30 }],
  ])('gives up an answer that %s in time', async (_name, pieces, waits) => {
    const { port } = await upstream(() => pieces);
    const { error } = await call(clientFor(`http://127.0.0.1:${port}`), waits);
    expect(error).toMatchObject({ code: 'upstream_timeout' });
  });

  it('lets an idle connection go', async () => {
    const { port, sockets } = await upstream(() => [hello]);
    const client = clientFor(`http://127.0.0.1:${port}`, { idleConnectionMs: 30 });
    await call(client);
    await once(sockets[0] as Socket, 'close');
    expect((await call(client)).body).toBe('hello');
  });
});

describe('over TLS', () => {
  const secure = (): tls.Server => tls.createServer({ ...serverTls, ALPNProtocols: ['h2', 'http/1.1'] });

  it('verifies, asks for HTTP/1.1, names the host and resumes its session', async () => {
    const seen: { readonly alpn: string | false | null; readonly name: string | false; readonly resumed: boolean }[] =
      [];
    const { port } = await upstream((_request, socket) => {
      const { alpnProtocol, servername, isSessionReused } = socket as tls.TLSSocket & { servername: string | false };
      seen.push({ alpn: alpnProtocol, name: servername, resumed: isSessionReused.call(socket) });
      return ['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello'];
    }, secure());
    const client = clientFor(`https://localhost:${port}`, {}, [authorityPem]);
    expect((await call(client)).body).toBe('hello');
    expect((await call(client)).body).toBe('hello');
    expect(seen).toEqual([
      { alpn: 'http/1.1', name: 'localhost', resumed: false },
      { alpn: 'http/1.1', name: 'localhost', resumed: true },
    ]);
  });

  it('sends nothing to whom it can’t verify', async () => {
    const { port, sockets } = await upstream(() => [hello], secure());
    const answer = await call(clientFor(`https://localhost:${port}`), { body: Buffer.from('secret') });
    expect(answer).toMatchObject({ status: 0, sent: false });
    expect(sockets).toHaveLength(0);
  });

  it('sends nothing to another name than the certificate’s', async () => {
    const { port } = await upstream(() => [hello], secure(), '::1');
    const answer = await call(clientFor(`https://[::1]:${port}`, {}, [authorityPem]));
    expect(answer).toMatchObject({ status: 0, sent: false, error: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  });

  it('carries large answers', async () => {
    const size = 3 * 1024 * 1024;
    const { port } = await upstream((_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`);
      return null;
    }, secure());
    const { body, error } = await call(clientFor(`https://localhost:${port}`, {}, [authorityPem]));
    expect(error).toBeNull();
    expect(body).toBe('x'.repeat(size));
  });
});
