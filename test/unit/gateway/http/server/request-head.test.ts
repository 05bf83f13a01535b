import { describe, expect, it } from 'vitest';
import { parseRequestHead, type RequestHead } from '#main/gateway/http/server/request-head.ts';

const line = 'POST /a HTTP/1.1';

function parsed(text: string): RequestHead {
  const head = parseRequestHead(text);
  if (typeof head === 'number') {
    throw new Error(`refused with ${head}`);
  }
  return head;
}

describe('parseRequestHead', () => {
  it('reads line and fields as they were sent', () => {
    const head = parsed(`${line}\r\nHost: x\r\nX-A:  b c \t\r\nx-a:\r\nX-B: \xe9`);
    expect(head.method).toBe('POST');
    expect(head.target).toBe('/a');
    expect(head.rawHeaders).toEqual(['Host', 'x', 'X-A', 'b c', 'x-a', '', 'X-B', '\xe9']);
    expect(head.bodyLength).toBe(0);
  });

  it.each([
    ['Content-Length: 12', 12],
    ['content-length: 0', 0],
    ['Transfer-Encoding: chunked', null],
    ['transfer-encoding:\tCHUNKED', null],
    ['X: y', 0],
  ])('finds where the body ends by %s', (field, length) => {
    expect(parsed(`${line}\r\n${field}`).bodyLength).toBe(length);
  });

  it.each([
    ['HTTP/1.1', '', true],
    ['HTTP/1.1', 'Connection: close', false],
    ['HTTP/1.1', 'Connection: foo, Close', false],
    ['HTTP/1.1', 'Connection: keep-alive\r\nConnection: close', false],
    ['HTTP/1.0', '', false],
    ['HTTP/1.0', 'Connection: keep-alive', true],
  ])('keeps the connection of %s with "%s": %s', (version, field, kept) => {
    expect(parsed(`GET / ${version}${field === '' ? '' : `\r\n${field}`}`).keepAlive).toBe(kept);
  });

  it.each([
    ['Upgrade: websocket\r\nConnection: Upgrade', true],
    ['Upgrade: websocket\r\nConnection: keep-alive, upgrade', true],
    ['Upgrade: websocket', false],
    ['Connection: Upgrade', false],
  ])('sees a wish for another protocol in "%s": %s', (fields, wished) => {
    expect(parsed(`GET / HTTP/1.1\r\n${fields}`).upgrade).toBe(wished);
  });

  const broken: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['no version', 'GET /'],
    ['HTTP/0.9', 'GET / HTTP'],
    ['two spaces', 'GET  / HTTP/1.1'],
    ['a tab in the line', 'GET\t/ HTTP/1.1'],
    ['a space in the target', 'GET /a b HTTP/1.1'],
    ['a space at the end', 'GET / HTTP/1.1 '],
    ['a space before the method', ' GET / HTTP/1.1'],
    ['a method that is no token', 'G(T / HTTP/1.1'],
    ['a NUL in the target', 'GET /\0 HTTP/1.1'],
    ['a CR in the line', 'GET / HTTP/1.1\rX: y'],
    ['an LF in the line', 'GET / HTTP/1.1\nX: y'],
    ['an empty line before', '\r\nGET / HTTP/1.1'],
    ['a version in small letters', 'GET / http/1.1'],
    ['a folded field', `${line}\r\nX: y\r\n z`],
    ['a folded first field', `${line}\r\n X: y`],
    ['a field without colon', `${line}\r\nX y`],
    ['a field without name', `${line}\r\n: y`],
    ['white space before the colon', `${line}\r\nContent-Length : 5`],
    ['a tab before the colon', `${line}\r\nContent-Length\t: 5`],
    ['white space before the name', `${line}\r\nA: b\r\n Transfer-Encoding: chunked`],
    ['a name with a control character', `${line}\r\nTransfer\x0b-Encoding: chunked`],
    ['a name beyond ASCII', `${line}\r\nTransfer-Encoding\xa0: chunked`],
    ['a NUL in a value', `${line}\r\nX: a\0b`],
    ['a CR in a value', `${line}\r\nX: a\rContent-Length: 5`],
    ['an LF in a value', `${line}\r\nX: a\nContent-Length: 5`],
    ['a DEL in a value', `${line}\r\nX: \x7f`],
    ['two lengths', `${line}\r\nContent-Length: 5\r\nContent-Length: 6`],
    ['the same length twice', `${line}\r\nContent-Length: 5\r\ncontent-length: 5`],
    ['a list of lengths', `${line}\r\nContent-Length: 5, 5`],
    ['a length with a sign', `${line}\r\nContent-Length: +5`],
    ['a negative length', `${line}\r\nContent-Length: -5`],
    ['a length in hexadecimal', `${line}\r\nContent-Length: 0x5`],
    ['a length with a fraction', `${line}\r\nContent-Length: 5.0`],
    ['an empty length', `${line}\r\nContent-Length:`],
    ['a length beyond all integers', `${line}\r\nContent-Length: 18446744073709551616`],
    ['CL.TE', `${line}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked`],
    ['TE.CL', `${line}\r\nTransfer-Encoding: chunked\r\nContent-Length: 5`],
    ['two codings', `${line}\r\nTransfer-Encoding: gzip, chunked`],
    ['chunked twice', `${line}\r\nTransfer-Encoding: chunked, chunked`],
    ['chunked in two fields', `${line}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked`],
    ['a coding hidden by another', `${line}\r\nTransfer-Encoding: chunked\r\nTransfer-encoding: identity`],
    ['identity', `${line}\r\nTransfer-Encoding: identity`],
    ['xchunked', `${line}\r\nTransfer-Encoding: xchunked`],
    ['chunked with a parameter', `${line}\r\nTransfer-Encoding: chunked;q=1`],
    ['chunked in quotation marks', `${line}\r\nTransfer-Encoding: "chunked"`],
    ['chunked with a vertical tab', `${line}\r\nTransfer-Encoding: \x0bchunked`],
    ['an empty coding', `${line}\r\nTransfer-Encoding:`],
    ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked'],
  ];

  it.each(broken)('refuses %s', (_name, text) => {
    expect(parseRequestHead(text)).toBe(400);
  });

  it.each(['HTTP/2.0', 'HTTP/1.2', 'HTTP/0.9', 'HTTP/3.1'])('does not speak %s', (version) => {
    expect(parseRequestHead(`GET / ${version}`)).toBe(505);
  });

  it('takes no endless request line', () => {
    expect(parseRequestHead(`GET /${'a'.repeat(20_000)} HTTP/1.1`)).toBe(414);
  });
});
