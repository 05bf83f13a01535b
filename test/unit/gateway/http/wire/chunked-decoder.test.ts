import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkedDecoder } from '#main/gateway/http/wire/chunked-decoder.ts';

interface Decoded {
  readonly body: string;
  readonly end: 'ended' | 'failed' | 'open';
  readonly rest: string;
}

/** What lies in the buffer behind what was read, and is none of it. */
const stale = '\r\n5\r\nstale\r\n0\r\n\r\n';

/** Decodes a text that comes in the given pieces. */
function decode(pieces: readonly string[]): Decoded {
  const decoder = new ChunkedDecoder();
  let body = '';
  for (const [index, piece] of pieces.entries()) {
    const bytes = Buffer.from(piece + stale, 'latin1');
    body += decoder.decode(bytes, 0, piece.length).toString('latin1');
    if (decoder.ended || decoder.failed) {
      const rest = bytes.subarray(decoder.consumed, piece.length).toString('latin1') + pieces.slice(index + 1).join('');
      return { body, end: decoder.ended ? 'ended' : 'failed', rest: decoder.failed ? '' : rest };
    }
  }
  return { body, end: 'open', rest: '' };
}

const well: readonly (readonly [string, string, Decoded])[] = [
  ['one chunk', '5\r\nhello\r\n0\r\n\r\n', { body: 'hello', end: 'ended', rest: '' }],
  [
    'several, digits of both cases',
    'a\r\n0123456789\r\nB\r\nabcdefghijk\r\n0\r\n\r\n',
    { body: '0123456789abcdefghijk', end: 'ended', rest: '' },
  ],
  ['leading zeros', '0005\r\nhello\r\n00\r\n\r\n', { body: 'hello', end: 'ended', rest: '' }],
  ['extensions', '5;name=value;other="a b"\r\nhello\r\n0;last\r\n\r\n', { body: 'hello', end: 'ended', rest: '' }],
  ['trailers', '1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n', { body: 'x', end: 'ended', rest: '' }],
  ['what comes after it', '0\r\n\r\nGET / HTTP/1.1', { body: '', end: 'ended', rest: 'GET / HTTP/1.1' }],
  [
    'data that looks like framing',
    '7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n',
    { body: '\r\n0\r\n\r\n', end: 'ended', rest: '' },
  ],
];

const broken: readonly (readonly [string, string])[] = [
  ['no size', '\r\nhello'],
  ['a size that is no number', 'x\r\nhello\r\n'],
  ['a sign', '+5\r\nhello\r\n'],
  ['a prefix', '0x5\r\nhello\r\n'],
  ['white space before the size', ' 5\r\nhello\r\n'],
  ['white space after the size', '5 \r\nhello\r\n'],
  ['a tab after the size', '5\t\r\nhello\r\n'],
  ['a comma after the size', '5,5\r\nhello\r\n'],
  ['a lone LF after the size', '5\nhello\r\n'],
  ['a lone CR after the size', '5\rhello\r\n'],
  ['a lone LF in an extension', '5;a\nhello\r\n'],
  ['a lone CR in an extension', '5;a\rb\r\nhello\r\n'],
  ['a NUL in an extension', '5;a\0\r\nhello\r\n'],
  ['an extension without end', `5;${'a'.repeat(300)}\r\nhello\r\n`],
  ['a size that no integer holds', 'fffffffffffff\r\n'],
  ['data longer than its size', '3\r\nhello\r\n0\r\n\r\n'],
  ['data that ends in LF', '5\r\nhello\n0\r\n\r\n'],
  ['data that ends in CR', '5\r\nhello\r0\r\n\r\n'],
  ['data that ends in two CRs', '5\r\nhello\r\r\n0\r\n\r\n'],
  ['an end in LF', '0\r\n\n'],
  ['a trailer that ends in LF', '0\r\nA: b\n\r\n'],
  ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n'],
  ['a NUL in a trailer', '0\r\nA: \0\r\n\r\n'],
  ['trailers without end', `0\r\n${'A: b\r\n'.repeat(3_000)}`],
];

describe('ChunkedDecoder', () => {
  it.each(well)('takes %s', (_name, text, expected) => {
    expect(decode([text])).toEqual(expected);
  });

  it.each(broken)('refuses %s', (_name, text) => {
    expect(decode([text]).end).toBe('failed');
  });

  it.each([...well.map(([name, text]): readonly [string, string] => [name, text]), ...broken])(
    'comes to the same byte by byte: %s',
    (_name, text) => {
      const whole = decode([text]);
      const single = decode([...text]);
      expect(single.end).toBe(whole.end);
      expect(single.rest).toBe(whole.rest);
    },
  );

  it('gives one piece per read, however small the chunks', () => {
    const bytes = Buffer.from(`${'1\r\nx\r\n'.repeat(100)}0\r\n\r\n`);
    expect(new ChunkedDecoder().decode(bytes, 0, bytes.length).toString()).toBe('x'.repeat(100));
  });

  it('gives back what was encoded, for any chunks and any cutting', () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 12 });
    fc.assert(
      fc.property(chunks, fc.array(fc.nat(400)), fc.string({ maxLength: 20 }), (datas, cuts, after) => {
        const latin = datas.map((data) => Buffer.from(data).toString('latin1'));
        const rest = Buffer.from(after, 'latin1').toString('latin1');
        const text = `${latin.map((data) => `${data.length.toString(16)}\r\n${data}\r\n`).join('')}0\r\n\r\n${rest}`;
        expect(decode(cutAt(text, cuts))).toEqual({ body: latin.join(''), end: 'ended', rest });
      }),
    );
  });

  it('never reads on after something broken, and never throws', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('0', '5', 'a', '\r', '\n', '\r\n', ';', ' ', 'x'), { maxLength: 40 }),
        (tokens) => {
          const text = tokens.join('');
          const whole = decode([text]);
          const single = decode([...text]);
          expect(single.end).toBe(whole.end);
          expect(single.body.startsWith(whole.body) || whole.body.startsWith(single.body)).toBe(true);
        },
      ),
    );
  });
});

function cutAt(text: string, cuts: readonly number[]): readonly string[] {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((first, second) => first - second);
  const pieces: string[] = [];
  let from = 0;
  for (const place of [...places, text.length]) {
    pieces.push(text.slice(from, place));
    from = place;
  }
  return pieces;
}
