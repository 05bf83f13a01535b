import { describe, expect, it } from 'vitest';
import { parseResponseHead } from '#main/gateway/http/client/response-head.ts';

const ok = 'HTTP/1.1 200 OK';

describe('parseResponseHead', () => {
  it.each([
    ['a length', `${ok}\r\nContent-Length: 5`, 'GET', { bodyLength: 5, chunked: false, keepAlive: true }],
    ['chunks', `${ok}\r\nTransfer-Encoding: chunked`, 'GET', { bodyLength: null, chunked: true }],
    ['neither', ok, 'GET', { bodyLength: null, chunked: false }],
    ['a HEAD', `${ok}\r\nContent-Length: 5`, 'HEAD', { bodyLength: 0 }],
    ['204', 'HTTP/1.1 204 No Content', 'GET', { bodyLength: 0 }],
    ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5', 'GET', { bodyLength: 0 }],
    ['no reason', 'HTTP/1.1 200', 'GET', { status: 200 }],
    ['an end of the connection', `${ok}\r\nConnection: Close`, 'GET', { keepAlive: false }],
    ['HTTP/1.0', 'HTTP/1.0 200 OK', 'GET', { keepAlive: false }],
    ['HTTP/1.0 that stays', 'HTTP/1.0 200 OK\r\nConnection: keep-alive', 'GET', { keepAlive: true }],
    ['a promise to stay', `${ok}\r\nKeep-Alive: timeout=5, max=100`, 'GET', { keepAliveSeconds: 5 }],
  ])('reads %s', (_name, text, method, expected) => {
    expect(parseResponseHead(text, method)).toMatchObject(expected);
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2'],
    ['HTTP/2', 'HTTP/2 200'],
    ['a status of two digits', 'HTTP/1.1 20 OK'],
    ['a status beyond all', 'HTTP/1.1 999 OK'],
    ['a control character in the reason', 'HTTP/1.1 200 O\x01K'],
    ['the same length twice', `${ok}\r\nContent-Length: 5\r\nContent-Length: 5`],
    ['two lengths', `${ok}\r\nContent-Length: 5\r\nContent-Length: 6`],
    ['a list of lengths', `${ok}\r\nContent-Length: 5, 5`],
    ['a length that is none', `${ok}\r\nContent-Length: -1`],
    ['a length beside chunks', `${ok}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked`],
    ['another coding', `${ok}\r\nTransfer-Encoding: gzip, chunked`],
    ['chunked twice', `${ok}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked`],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked'],
    ['a folded field', `${ok}\r\nX: y\r\n z`],
    ['an LF in a value', `${ok}\r\nX: y\nSet-Cookie: z`],
    ['white space before the colon', `${ok}\r\nContent-Length : 5`],
  ])('refuses %s', (_name, text) => {
    expect(parseResponseHead(text, 'GET')).toBeNull();
  });
});
