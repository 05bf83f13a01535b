import { stat } from 'node:fs/promises';
import { type Attack, type AttackTarget, held, open, skipped, type Verdict, verdictOf } from './attack.ts';
import { requestText, send, sendRaw, statusText, type WireAnswer } from './wire.ts';

/** Forms in which a key may come back. */
function formsOf(key: string): readonly string[] {
  const bytes = Buffer.from(key);
  return [key, bytes.toString('base64'), bytes.toString('hex'), [...key].reverse().join('')];
}

function holdsKey(text: string, { key }: AttackTarget): boolean {
  return formsOf(key).some((form) => text.includes(form));
}

async function withBehaviour(
  target: AttackTarget,
  behaviour: 'redirect' | 'echo',
  work: () => Promise<WireAnswer>,
): Promise<WireAnswer> {
  target.standIn.behave(behaviour);
  return work().finally(() => target.standIn.behave('answer'));
}

async function modesOf(paths: readonly string[]): Promise<readonly string[]> {
  const open: string[] = [];
  for (const path of paths) {
    const facts = await stat(path).catch(() => null);
    if (facts !== null && (facts.mode & 0o077) !== 0) open.push(`${path} is ${(facts.mode & 0o777).toString(8)}`);
  }
  return open;
}

async function reachable(addresses: readonly string[], target: AttackTarget): Promise<Verdict> {
  const ports = [target.port, ...(target.tlsPort === null ? [] : [target.tlsPort])];
  const faults: string[] = [];
  for (const host of addresses) {
    for (const port of ports) {
      const answer = await sendRaw({ port, host }, `GET /healthz HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`);
      if (answer.text !== '') faults.push(`${host}:${port} answers`);
    }
  }
  return verdictOf(faults, `${addresses.length} other addresses, none answers`);
}

/** Ways for a key or a token to get to where it does not belong. */
export const leakAttacks: readonly Attack[] = [
  {
    id: 'redirect-with-key',
    title: 'A provider that sends the call elsewhere, key and all',
    reference: 'CVE-2018-1000007 (curl)',
    expectation: 'The redirect is not followed; the caller gets it as it is.',
    run: async (target) => {
      const before = target.standIn.lured.length;
      const answer = await withBehaviour(target, 'redirect', () => send(target));
      // Who follows does so while another call is under way.
      await send(target);
      const faults = [
        ...(target.standIn.lured.length > before ? ['the call was sent there'] : []),
        ...(answer.statuses[0] === 307 ? [] : [`the caller got ${statusText(answer)}`]),
        ...(holdsKey(answer.text, target) ? ['the key came with it'] : []),
      ];
      return verdictOf(faults, 'not followed');
    },
  },
  {
    id: 'echoed-key',
    title: 'A provider that says back what it was sent',
    reference: 'CWE-200',
    expectation: 'The key does not get to the caller.',
    run: async (target) => {
      const answer = await withBehaviour(target, 'echo', () => send(target));
      if (answer.statuses.length === 0) return open('nothing came back');
      return holdsKey(answer.text, target) ? open('the key came back') : held('taken out');
    },
  },
  {
    id: 'token-upstream',
    title: 'The caller\u2019s token and cookies on their way to the provider',
    reference: 'RFC 9700 section 4.9',
    expectation: 'None of them travels on.',
    run: async (target) => {
      const before = target.standIn.seen.length;
      const { plain } = target.tokens;
      const headers = [`x-api-key: ${plain}`, `Cookie: t=${plain}`, `Proxy-Authorization: Bearer ${plain}`];
      const answer = await send(target, { headers: [...headers, 'Connection: close'] });
      const [reached] = target.standIn.seen.slice(before);
      if (reached === undefined) return open(`the honest part of it got ${statusText(answer)}`);
      return reached.head.includes(plain) ? open('the token reached the provider') : held('left behind');
    },
  },
  {
    id: 'key-in-errors',
    title: 'Errors that tell too much',
    reference: 'CWE-209',
    expectation: 'No error names a key, a token or a file.',
    run: async (target) => {
      const requests = [{ path: '/unknown/v1/x' }, { body: '{' }, { path: `/${target.provider}/v1/nothing` }];
      const answers = await Promise.all(requests.map((request) => send(target, request)));
      answers.push(await sendRaw({ port: target.port }, `${requestText(target)}\0`.replace('HTTP/1.1', 'HTTP/9.9')));
      const telling = answers.filter(
        ({ text }) =>
          holdsKey(text, target) || text.includes(target.tokens.plain) || /\bat .+:\d+:\d+|node_modules/.test(text),
      );
      return verdictOf(telling.map(statusText), `${answers.length} errors, none tells`);
    },
  },
  {
    id: 'other-interfaces',
    title: 'The gateway from the network',
    reference: 'CWE-1327; CVE-2023-48022 (Ray)',
    expectation: 'It answers on the loopback addresses alone.',
    run: async (target) => {
      if (target.machine === null) return skipped('Only the gateway is looked at.');
      const { addresses } = target.machine;
      return addresses.length === 0 ? skipped('This machine has no other address.') : reachable(addresses, target);
    },
  },
  {
    id: 'file-modes',
    title: 'Files and sockets that others can open',
    reference: 'CWE-732',
    expectation: 'Nobody but their owner can.',
    run: async ({ machine }) => {
      if (machine === null) return skipped('Only the gateway is looked at.');
      if (machine.platform === 'win32') return skipped('Windows keeps other rights than these.');
      return verdictOf(await modesOf(machine.paths), `${machine.paths.length} looked at`);
    },
  },
  {
    id: 'secrets-on-disk',
    title: 'Keys and tokens in files, logs and arguments',
    reference: 'CWE-532',
    expectation: 'None is there, in no encoding.',
    run: async ({ machine }) => {
      if (machine === null) return skipped('Only the gateway is looked at.');
      const { searched, found } = await machine.search();
      return verdictOf(found, `${searched} files searched`);
    },
  },
];
