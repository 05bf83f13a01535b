import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CallerRequest } from '#main/gateway/http/server/caller-request.ts';
import type { CallerResponse } from '#main/gateway/http/server/caller-response.ts';
import { type HandleRequest, HttpServer, type PhaseLimits } from '#main/gateway/http/server/http-server.ts';
import { later } from '#test/gateway/support/later.ts';

const patient: PhaseLimits = { idle: 60_000, head: 60_000, body: 60_000, answer: 60_000, lingering: 1_000 };
const servers: HttpServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    const closed = server.close();
    server.closeAllConnections();
    await closed;
  }
});

async function serve(handle: HandleRequest, limits: Partial<PhaseLimits> = {}): Promise<number> {
  const server = new HttpServer({
    ...{ handle, maxHeaderBytes: 4_096, checkEveryMs: 20 },
    limits: { ...patient, ...limits },
  });
  servers.push(server);
  return server.listen({ host: '127.0.0.1', port: 0 });
}

/** Sends pieces one by one, each as a packet of its own, and reads until the server closes. */
async function talk(port: number, pieces: readonly string[]): Promise<string> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  for (const piece of pieces) {
    await new Promise<void>((resolve) => socket.write(piece, 'latin1', () => resolve()));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  return Buffer.concat(chunks).toString('latin1');
}

function readAll(request: CallerRequest, done: (body: string) => void): void {
  const chunks: Buffer[] = [];
  request.consume({
    onBody: (chunk) => chunks.push(chunk) > 0,
    onBodyEnd: () => done(Buffer.concat(chunks).toString('latin1')),
    onBodyError: () => done('broken'),
  });
}

/** Answers with what it understood. */
function echo(request: CallerRequest, response: CallerResponse): void {
  readAll(request, (body) => {
    const text = `${request.method} ${request.url} ${body}\n`;
    response.writeHead(200, ['content-length', String(text.length)]);
    response.end(text);
  });
}

const bodiesOf = (text: string): readonly string[] =>
  text
    .split(/HTTP\/1\.1 \d+[^\n]*\r\n(?:[^\r]+\r\n)*\r\n/)
    .map((body) => body.trim())
    .filter((body) => body !== '');

describe('a request', () => {
  const requests: readonly (readonly [string, string, string])[] = [
    ['no body', 'GET /a HTTP/1.1\r\nConnection: close\r\n\r\n', 'GET /a'],
    ['a length', 'POST /b HTTP/1.1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello', 'POST /b hello'],
    [
      'chunks',
      'POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nA: b\r\n\r\n',
      'POST /c hello!',
    ],
    ['HTTP/1.0', 'POST /d HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi', 'POST /d hi'],
    ['an empty line before', '\r\nGET /e HTTP/1.1\r\nConnection: close\r\n\r\n', 'GET /e'],
  ];

  it.each(requests)('with %s is read', async (_name, text, expected) => {
    const port = await serve(echo);
    expect(bodiesOf(await talk(port, [text]))).toEqual([expected]);
  });

  it.each(requests)('with %s is read byte by byte', async (_name, text, expected) => {
    const port = await serve(echo);
    expect(bodiesOf(await talk(port, [...text]))).toEqual([expected]);
  });

  it('means the same however it is cut, and so do those behind it', async () => {
    const port = await serve(echo);
    const text =
      'POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\r\nPOST /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\r\n0\r\n0\r\n\r\n' +
      'GET /3 HTTP/1.1\r\nConnection: close\r\n\r\n';
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 8 }), async (cuts) => {
        const places = [0, ...new Set(cuts)].sort((first, second) => first - second);
        const pieces = places.map((place, index) => text.slice(place, places[index + 1] ?? text.length));
        expect(bodiesOf(await talk(port, pieces))).toEqual(['POST /1 abc', 'POST /2 \r\n0', 'GET /3']);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\x00', 400],
    ['lines in LF', 'GET / HTTP/1.1\nHost: x\n\n', 400],
    ['a half line in LF', 'GET / HTTP/1.1\n', 400],
    ['two empty lines before', '\r\n\r\nGET / HTTP/1.1\r\n\r\n', 400],
    ['another version', 'GET / HTTP/2.0\r\n\r\n', 505],
    ['HTTP/2 by prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\n\r\n', 405],
    ['a head too large', `GET / HTTP/1.1\r\nX: ${'x'.repeat(5_000)}\r\n\r\n`, 431],
    ['a head without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(5_000)}`, 431],
    ['a broken chunk', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
  ])('that is %s is refused and the connection closed', async (_name, text, status) => {
    const port = await serve(echo);
    const answer = await talk(port, [text]);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it.each([
    ['CL.TE', 'Content-Length: 6\r\nTransfer-Encoding: chunked', '0\r\n\r\nG'],
    ['TE.CL', 'Transfer-Encoding: chunked\r\nContent-Length: 4', '5c\r\nG\r\n0\r\n\r\n'],
    ['TE.TE', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: x', '0\r\n\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked', '0\r\n\r\n'],
    ['a folded coding', 'X: y\r\n Transfer-Encoding: chunked', '0\r\n\r\n'],
    ['a coding behind a lone LF', 'X: y\nTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['a coding behind a lone CR', 'X: y\rTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['an LF in a chunk extension', 'Transfer-Encoding: chunked', '1;a\nb\r\nx\r\n0\r\n\r\n'],
    ['a chunk longer than its size', 'Transfer-Encoding: chunked', '1\r\nxyz\r\n0\r\n\r\n'],
    ['a chunk size with a prefix', 'Transfer-Encoding: chunked', '0x1\r\nx\r\n0\r\n\r\n'],
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 40', ''],
  ])('can’t smuggle another one in by %s', async (_name, fields, body) => {
    const seen: string[] = [];
    const port = await serve((request, response) => {
      seen.push(request.url);
      echo(request, response);
    });
    const answer = await talk(port, [`POST /first HTTP/1.1\r\n${fields}\r\n\r\n${body}GET /smuggled HTTP/1.1\r\n\r\n`]);
    expect(seen).not.toContain('/smuggled');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('waits with its body until it is told to go on', async () => {
    const port = await serve((request, response) => {
      response.writeContinue();
      echo(request, response);
    });
    const socket = net.connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n');
    const [interim] = (await once(socket, 'data')) as [Buffer];
    expect(interim.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('ok');
    const [final] = (await once(socket, 'data')) as [Buffer];
    expect(final.toString()).toContain('POST / ok');
  });

  it('is not read faster than its reader takes it', async () => {
    const reader = later<CallerRequest>();
    let taken = 0;
    const ended = later();
    const port = await serve((request) => {
      request.consume({
        onBody(chunk) {
          taken += chunk.length;
          return false;
        },
        onBodyEnd: () => ended.resolve(),
        onBodyError: () => undefined,
      });
      reader.resolve(request);
    });
    const size = 16 * 1024 * 1024;
    const socket = net.connect(port, '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nContent-Length: ${size}\r\n\r\n`);
    socket.write(Buffer.alloc(size));
    const request = await reader.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBeLessThan(1024 * 1024);
    expect(socket.writableLength).toBeGreaterThan(0);
    const going = setInterval(() => request.resume(), 0);
    await ended.promise;
    clearInterval(going);
    expect(taken).toBe(size);
    socket.destroy();
  });

  it('tells its reader when the caller goes away in the middle', async () => {
    const told = later<string>();
    const closed = later();
    const port = await serve((request, response) => {
      response.once('close', () => closed.resolve());
      readAll(request, told.resolve);
    });
    const socket = net.connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf', () => socket.destroy());
    expect(await told.promise).toBe('broken');
    await closed.promise;
  });
});

describe('an answer', () => {
  async function answerTo(text: string, handle: HandleRequest): Promise<string> {
    return talk(await serve(handle), [text]);
  }
  const get = 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n';

  it('of a known length leaves in one write', async () => {
    const writes: number[] = [];
    const port = await serve((request, response) => {
      const { socket } = request;
      const write = socket.write.bind(socket);
      socket.write = ((...parts: Parameters<Socket['write']>) => {
        writes.push(parts[0].length);
        return write(...parts);
      }) as Socket['write'];
      response.writeHead(200, ['content-length', '5']);
      response.write(Buffer.from('hel'));
      response.end('lo');
    });
    expect(await talk(port, [get])).toBe('HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello');
    expect(writes).toHaveLength(1);
  });

  it('without a length goes in chunks, each piece as one', async () => {
    const answer = await answerTo(get, (_request, response) => {
      response.writeHead(200, []);
      response.write(Buffer.from('a'));
      response.write(Buffer.from('b'.repeat(16)));
      setImmediate(() => response.end('c'));
    });
    expect(answer).toContain('transfer-encoding: chunked\r\n');
    const body = answer.split('\r\n\r\n').slice(1).join('\r\n\r\n');
    expect(body).toBe(`1\r\na\r\n10\r\n${'b'.repeat(16)}\r\n1\r\nc\r\n0\r\n\r\n`);
  });

  it.each([[], ['content-length', '2']])(
    'keeps what was written when its buffer is used again, with the head %j',
    async (...head) => {
      const answer = await answerTo(get, (_request, response) => {
        response.writeHead(200, head);
        const bytes = Buffer.from('a');
        response.write(bytes);
        bytes.write('x');
        response.end('b');
      });
      expect(answer.endsWith(head.length === 0 ? '1\r\na\r\n1\r\nb\r\n0\r\n\r\n' : '\r\n\r\nab')).toBe(true);
    },
  );

  it('frames pieces of any size', async () => {
    for (const size of [1, 15, 16, 17, 255, 256, 4_095, 4_096, 65_535, 65_536, 1_048_576]) {
      const body = 'x'.repeat(size);
      const answer = await answerTo(get, (_request, response) => {
        response.writeHead(200, []);
        response.end(body);
      });
      expect(
        answer.split('\r\n\r\n').slice(1).join('\r\n\r\n') === `${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      ).toBe(true);
    }
  });

  it('of a large piece is whole', async () => {
    const large = 'x'.repeat(300_000);
    const answer = await answerTo(get, (_request, response) => {
      response.writeHead(200, []);
      response.end(large);
    });
    expect(answer.split('\r\n\r\n')[1]).toBe(`${large.length.toString(16)}\r\n${large}\r\n0`);
  });

  it.each([
    ['HEAD', 'HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n', 200],
    ['204', get, 204],
    ['304', get, 304],
  ])('to %s has no body', async (_name, request, status) => {
    const answer = await answerTo(request, (_request, response) => {
      response.writeHead(status, ['x', 'y']);
      response.end('body');
    });
    expect(answer).toBe(
      `HTTP/1.1 ${status} ${{ 200: 'OK', 204: 'No Content', 304: 'Not Modified' }[status]}\r\nx: y\r\nconnection: close\r\n\r\n`,
    );
  });

  it('to HTTP/1.0 ends with the connection', async () => {
    const answer = await answerTo('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', (_request, response) => {
      response.writeHead(200, []);
      response.write(Buffer.from('a'));
      setImmediate(() => response.end('b'));
    });
    expect(answer).toBe('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nab');
  });

  it.each([
    ['a CR LF in a value', ['x', 'a\r\nset-cookie: b']],
    ['a name that is none', ['x y', 'a']],
  ])('can’t be split by %s', async (_name, headers) => {
    const refused = later<string>();
    const port = await serve((_request, response) => {
      try {
        response.writeHead(200, headers);
      } catch (error) {
        refused.resolve(String(error));
        response.destroy();
      }
    });
    expect(await talk(port, [get])).toBe('');
    expect(await refused.promise).toContain('can’t be sent');
  });

  it('comes in order, whoever is ready first', async () => {
    const waiting: (() => void)[] = [];
    const port = await serve((request, response) => {
      const answer = (): void => {
        response.writeHead(200, ['content-length', String(request.url.length)]);
        response.end(request.url);
      };
      waiting.push(answer);
      setImmediate(() => waiting.shift()?.());
    });
    const text = ['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\n\r\n`).join('');
    const answer = await talk(port, [`${text}GET /4 HTTP/1.1\r\nConnection: close\r\n\r\n`]);
    expect(bodiesOf(answer)).toEqual(['/1', '/2', '/3', '/4']);
  });

  it('to a caller that is still sending is the last on its connection, and what still comes does not take it back', async () => {
    const seen: string[] = [];
    const over = later();
    const port = await serve((request, response) => {
      seen.push(request.url);
      request.socket.once('close', () => over.resolve());
      response.writeHead(413, ['content-length', '2']);
      response.end('no');
    });
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const errors: Error[] = [];
    let answer = '';
    socket.on('error', (error) => errors.push(error));
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    const ended = once(socket, 'end');
    socket.write(`POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(1_000)}`);
    await ended;
    for (let requests = 0; requests < 10; requests += 1)
      await new Promise((resolve) => socket.write('GET /smuggled HTTP/1.1\r\n\r\n', resolve));
    socket.end();
    await over.promise;
    expect(bodiesOf(answer)).toEqual(['no']);
    expect(errors).toEqual([]);
    expect(seen).toEqual(['/']);
  });

  it('that nobody reads holds its writer back', async () => {
    const drained = later();
    const port = await serve((_request, response) => {
      response.writeHead(200, []);
      const piece = Buffer.alloc(64 * 1024);
      let count = 0;
      while (response.write(piece) && count < 1_000) count += 1;
      expect(count).toBeLessThan(1_000);
      response.once('drain', () => {
        drained.resolve();
        response.end();
      });
    });
    const socket = net.connect(port, '127.0.0.1');
    socket.pause();
    socket.write(get);
    await once(socket, 'connect');
    socket.resume();
    await drained.promise;
    await once(socket, 'close');
  });

  it('tells when all of it has gone, and when the caller left before', async () => {
    const ends: string[] = [];
    const both = later();
    const port = await serve((request, response) => {
      response.once('close', () => {
        ends.push(`${request.url} ${response.writableFinished}`);
        if (ends.length === 2) both.resolve();
      });
      response.writeHead(200, []);
      if (request.url === '/whole') {
        response.end('x');
      } else {
        response.write(Buffer.from('x'));
      }
    });
    await talk(port, ['GET /whole HTTP/1.1\r\nConnection: close\r\n\r\n']);
    const socket = net.connect(port, '127.0.0.1');
    socket.write('GET /left HTTP/1.1\r\n\r\n');
    await once(socket, 'data');
    socket.end();
    await both.promise;
    expect(ends).toEqual(['/whole true', '/left false']);
    socket.destroy();
  });
});

describe('a connection', () => {
  it('can be taken over, with what was read of the other protocol', async () => {
    const port = await serve((request) => {
      expect(request.head.upgrade).toBe(true);
      const { socket, head } = request.takeOver();
      socket.write(`taken ${head.toString()}`);
      socket.on('data', (chunk: Buffer) => socket.end(` and ${chunk.toString()}`));
      socket.resume();
    });
    const socket = net.connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nearly');
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toBe('taken early');
    socket.write('late');
    const [second] = (await once(socket, 'data')) as [Buffer];
    expect(second.toString()).toBe(' and late');
  });

  it.each([
    ['that sends nothing is closed', '', { idle: 40 }, ''],
    ['that sends half a head is told so', 'GET / HTTP/1.1\r\nHos', { head: 40 }, 'HTTP/1.1 408 Request Timeout'],
    ['that stops in the middle of a body is cut', 'POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx', { body: 40 }, ''],
  ])('%s', async (_name, text, limits, expected) => {
    const port = await serve((request) => readAll(request, () => undefined), limits);
    expect((await talk(port, [text])).split('\r\n')[0]).toBe(expected);
  });

  it('that waits for its answer is let wait', async () => {
    const port = await serve(
      (_request, response) => {
        setTimeout(() => {
          response.writeHead(200, ['content-length', '1']);
          response.end('x');
        }, 200);
      },
      { idle: 40, head: 40, body: 40, answer: 40 },
    );
    expect(bodiesOf(await talk(port, ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n']))).toEqual(['x']);
  });

  it('that does not take its answer is cut', async () => {
    const closed = later<boolean>();
    const port = await serve(
      (_request, response) => {
        response.once('close', () => closed.resolve(response.writableFinished));
        response.writeHead(200, []);
        response.end(Buffer.alloc(32 * 1024 * 1024));
      },
      { answer: 60 },
    );
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\n\r\n');
    expect(await closed.promise).toBe(false);
    socket.destroy();
  });

  it('that does not take its answer is cut, whatever else it has sent', async () => {
    const closed = later<boolean>();
    const port = await serve(
      (_request, response) => {
        response.once('close', () => closed.resolve(response.writableFinished));
        response.writeHead(200, []);
        response.write(Buffer.alloc(32 * 1024 * 1024));
      },
      { answer: 60 },
    );
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(`GET / HTTP/1.1\r\n\r\n${'GET /next HTTP/1.1\r\n\r\n'.repeat(100_000)}`);
    expect(await closed.promise).toBe(false);
    socket.destroy();
  });

  it('that can’t be accepted harms no other', async () => {
    const made = vi.spyOn(net, 'createServer');
    const port = await serve(echo);
    const server = made.mock.results.at(-1)?.value;
    made.mockRestore();
    for (let times = 0; times < 3; times += 1) server.emit('error', new Error('accept EMFILE'));
    expect(bodiesOf(await talk(port, ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n']))).toEqual(['GET /']);
  });

  it('is not kept when the server goes down', async () => {
    const server = new HttpServer({ handle: echo, maxHeaderBytes: 4_096, checkEveryMs: 20, limits: patient });
    const port = await server.listen({ host: '127.0.0.1', port: 0 });
    const socket = net.connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await once(socket, 'data');
    const gone = once(socket, 'close');
    socket.resume();
    await server.close();
    await gone;
  });
});
