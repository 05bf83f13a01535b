import { describe, expect, it } from 'vitest';
import { HeadMemory } from '#main/gateway/http/server/head-memory.ts';
import { parseRequestHead, type RequestHead } from '#main/gateway/http/server/request-head.ts';

const first = 'POST /v1/chat HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nAuthorization: Bearer one';

function read(memory: HeadMemory, text: string): RequestHead {
  const head = memory.read(Buffer.from(`${text}\r\n\r\nbody`), text.length);
  if (typeof head === 'number') throw new Error(`refused with ${head}`);
  return head;
}

/** The same as a memory-less parse, apart from what the two have in common. */
function expectTrue(memory: HeadMemory, text: string): RequestHead {
  const head = read(memory, text);
  expect({ ...head, shape: null }).toEqual({ ...(parseRequestHead(text) as RequestHead), shape: null });
  return head;
}

describe('HeadMemory', () => {
  it('knows a head again, whatever the length of its body', () => {
    const memory = new HeadMemory();
    const { shape } = expectTrue(memory, first);
    expect(shape.isRepeated).toBe(false);
    for (const length of ['12', '0', '7', '98765', '999999999999999']) {
      expect(expectTrue(memory, first.replace('12', length)).shape).toBe(shape);
    }
    expect(shape.isRepeated).toBe(true);
    expect(expectTrue(memory, first.replace('12', '012')).shape).not.toBe(shape);
  });

  it('knows a head without a length, and one whose length comes last', () => {
    for (const text of ['GET /v1/models HTTP/1.1\r\nHost: a', 'POST / HTTP/1.1\r\nHost: a\r\ncontent-length:\t5 ']) {
      const memory = new HeadMemory();
      expect(expectTrue(memory, text).shape).toBe(expectTrue(memory, text).shape);
    }
  });

  it.each([
    ['another value', first.replace('one', 'two')],
    ['a longer value at the end', `${first}s`],
    ['a shorter value at the end', first.slice(0, -1)],
    ['a value that begins with what was the length', first.replace('12', '12, 12')],
    ['another path', first.replace('chat', 'embeddings')],
    ['one more line', `${first}\r\nX-More: 1`],
    ['one line less', first.slice(0, first.lastIndexOf('\r\n'))],
    ['no length', first.replace('Content-Length: 12\r\n', '')],
    ['another version', first.replace('HTTP/1.1', 'HTTP/1.0')],
    ['a body in chunks', first.replace('Content-Length: 12', 'Transfer-Encoding: chunked')],
  ])('does not take %s for the same', (_, text) => {
    const memory = new HeadMemory();
    const { shape } = read(memory, first);
    const parsed = parseRequestHead(text);
    if (typeof parsed === 'number') {
      expect(memory.read(Buffer.from(`${text}\r\n\r\n`), text.length)).toBe(parsed);
    } else {
      expect(expectTrue(memory, text).shape).not.toBe(shape);
    }
  });

  it('refuses a length that is none, although all else is known', () => {
    for (const length of ['', 'x', '-1', '1x', '1234567890123456']) {
      const memory = new HeadMemory();
      read(memory, first);
      const text = first.replace('12', length);
      expect(memory.read(Buffer.from(`${text}\r\n\r\n`), text.length)).toBe(400);
    }
  });

  it('does not keep a head of many kilobytes', () => {
    const memory = new HeadMemory();
    const large = `${first}\r\nX-Large: ${'a'.repeat(10_000)}`;
    expect(expectTrue(memory, large).shape).not.toBe(expectTrue(memory, large).shape);
  });
});
