import { healthPath, maxHeaderBytes } from '#shared/contract/http.ts';
import { type Attack, type AttackTarget, type Verdict, verdictOf } from './attack.ts';
import { plainBody, requestText, sendRaw, statusText } from './wire.ts';

const hiddenMark = 'x-hidden: smuggled';

/** How a first request is made that two readers may end in different places. */
interface Ambiguity {
  readonly framing: readonly string[];
  readonly body?: string;
}

/** Sends each with a second, honest one behind it: it must be refused, and the second never looked at. */
async function neverReached(target: AttackTarget, ambiguities: Readonly<Record<string, Ambiguity>>): Promise<Verdict> {
  const before = target.standIn.seen.length;
  const faults: string[] = [];
  const hidden = requestText(target, { headers: [hiddenMark, 'Connection: close'] });
  for (const [name, { framing, body = plainBody }] of Object.entries(ambiguities)) {
    const first = requestText(target, { headers: [], framing, body });
    const answer = await sendRaw({ port: target.port }, first + hidden);
    if (answer.statuses.length !== 1 || answer.statuses[0] !== 400) faults.push(`${name} got ${statusText(answer)}`);
  }
  const reached = target.standIn.seen.slice(before).filter(({ head }) => head.includes('smuggled')).length;
  if (reached > 0) faults.push(`${reached} hidden requests reached the provider`);
  return verdictOf(faults, `${Object.keys(ambiguities).length} of ${Object.keys(ambiguities).length} refused with 400`);
}

const length = `Content-Length: ${plainBody.length}`;
const chunks = (text: string): Ambiguity => ({ framing: ['Transfer-Encoding: chunked'], body: text });

/** One request that is read as two, or two that are read as one. */
export const smugglingAttacks: readonly Attack[] = [
  {
    id: 'smuggling-length-and-chunks',
    title: 'A length and chunks in one request',
    reference: 'RFC 9112 section 6.3; CVE-2019-18277 (HAProxy)',
    expectation: 'It is refused (400), and nothing behind it is read.',
    run: (target) =>
      neverReached(target, {
        'length, then chunks': { framing: [length, 'Transfer-Encoding: chunked'], body: '0\r\n\r\n' },
        'chunks, then length': { framing: ['Transfer-Encoding: chunked', length], body: '0\r\n\r\n' },
      }),
  },
  {
    id: 'smuggling-two-lengths',
    title: 'Two lengths, or one that is no number',
    reference: 'RFC 9112 section 6.3; CVE-2024-27982 (Node)',
    expectation: 'It is refused (400), and nothing behind it is read.',
    run: (target) =>
      neverReached(target, {
        'two lengths': { framing: [length, 'Content-Length: 0'] },
        'a list of lengths': { framing: [`Content-Length: ${plainBody.length}, 0`] },
        'a signed length': { framing: [`Content-Length: +${plainBody.length}`] },
        'a length in hex': { framing: ['Content-Length: 0x20'] },
      }),
  },
  {
    id: 'smuggling-coding',
    title: 'Chunks by another name',
    reference: 'RFC 9112 section 6.1; CVE-2020-8287 (Node)',
    expectation: 'It is refused (400), and nothing behind it is read.',
    run: (target) =>
      neverReached(target, {
        'an unknown coding': { framing: ['Transfer-Encoding: xchunked', length] },
        'two codings': { framing: ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], body: '0\r\n\r\n' },
        'a list of codings': { framing: ['Transfer-Encoding: identity, chunked'], body: '0\r\n\r\n' },
        'a vertical tab': { framing: ['Transfer-Encoding: \u000bchunked'], body: '0\r\n\r\n' },
      }),
  },
  {
    id: 'smuggling-lines',
    title: 'Folded lines, bare line feeds and carriage returns, NUL',
    reference: 'RFC 9112 sections 2.2 and 5.2; CVE-2023-30589 (Node)',
    expectation: 'It is refused (400), and nothing behind it is read.',
    run: (target) =>
      neverReached(target, {
        'a folded line': { framing: ['X-Folded: a\r\n b', length] },
        'a bare line feed': { framing: [`X-Feed: a\n${length}`] },
        'a bare carriage return': { framing: [`X-Return: a\r${length}`, length] },
        NUL: { framing: ['X-Nul: a\0b', length] },
        'a blank before the colon': { framing: [`Content-Length : ${plainBody.length}`] },
        'a blank in a name': { framing: ['X Name: a', length] },
      }),
  },
  {
    id: 'smuggling-chunks',
    title: 'Chunks with sizes and ends that readers take differently',
    reference: 'RFC 9112 section 7.1; CVE-2024-22019 (Node)',
    expectation: 'It is refused (400), and nothing behind it is read.',
    run: (target) =>
      neverReached(target, {
        'a huge extension': chunks(`5;${'x'.repeat(100_000)}\r\nabcde\r\n0\r\n\r\n`),
        'a size beyond all numbers': chunks(`${'f'.repeat(17)}\r\nabcde\r\n0\r\n\r\n`),
        'a signed size': chunks('+5\r\nabcde\r\n0\r\n\r\n'),
        'a size with 0x': chunks('0x5\r\nabcde\r\n0\r\n\r\n'),
        'bare line feeds': chunks('5\nabcde\n0\n\n'),
        'too much data': chunks('5\r\nabcdefg\r\n0\r\n\r\n'),
      }),
  },
  {
    id: 'pipelined-request',
    title: 'A second request in the shadow of a good first one',
    reference: 'RFC 9112 section 9.3.2',
    expectation: 'It is judged by itself: without a token it gets 401.',
    run: async (target) => {
      const before = target.standIn.seen.length;
      const first = requestText(target, { headers: [] });
      const second = requestText(target, { token: null, headers: [hiddenMark, 'Connection: close'] });
      const answer = await sendRaw({ port: target.port }, first + second);
      const reached = target.standIn.seen.slice(before).filter(({ head }) => head.includes('smuggled')).length;
      const faults = answer.statuses.join() === '200,401' && reached === 0 ? [] : [`they got ${statusText(answer)}`];
      return verdictOf(faults, 'the first got 200, the second 401');
    },
  },
  {
    id: 'oversized-head',
    title: 'A head and an address without end',
    reference: 'CWE-770; CVE-2018-12121 (Node)',
    expectation: 'They are refused (431, 414 or 413), and the gateway goes on.',
    run: async (target) => {
      const own = { method: 'GET', path: healthPath, token: null, body: '' };
      const huge = `X-Huge: ${'x'.repeat(maxHeaderBytes)}`;
      const head = await sendRaw({ port: target.port }, requestText(target, { ...own, headers: [huge] }));
      const many = Array.from({ length: 8_000 }, (_, index) => `X-${index}: 1`);
      const lines = await sendRaw({ port: target.port }, requestText(target, { ...own, headers: many }));
      const path = `/${target.provider}/${'a'.repeat(20_000)}`;
      const address = await sendRaw({ port: target.port }, requestText(target, { path }));
      const after = await sendRaw({ port: target.port }, requestText(target));
      const faults = [
        ...(head.statuses[0] === 431 ? [] : [`a huge header got ${statusText(head)}`]),
        ...(lines.statuses[0] === 431 ? [] : [`8000 headers got ${statusText(lines)}`]),
        ...([413, 414].includes(address.statuses[0] ?? 0) ? [] : [`a long address got ${statusText(address)}`]),
        ...(after.statuses[0] === 200 ? [] : [`an honest request after it got ${statusText(after)}`]),
      ];
      return verdictOf(faults, 'all refused, and an honest request after them is served');
    },
  },
];
