import { createHmac } from 'node:crypto';
import { type Attack, type AttackTarget, held, open, skipped, type Verdict, verdictOf } from './attack.ts';
import { createProofKey, type ProofKey } from './proof-key.ts';
import { chatPath, requestText, send, sendRaw, statusText, type WireAnswer, type WireRequest } from './wire.ts';

const atOnce = 20;

/** Expects each to be refused and none to reach the stand-in. */
async function noneServed(target: AttackTarget, requests: Readonly<Record<string, WireRequest>>): Promise<Verdict> {
  const before = target.standIn.seen.length;
  const faults: string[] = [];
  for (const [name, request] of Object.entries(requests)) {
    const answer = await send(target, request);
    if ((answer.statuses[0] ?? 0) < 400) faults.push(`${name} got ${statusText(answer)}`);
  }
  if (target.standIn.seen.length > before) faults.push('a call went through to the provider');
  return verdictOf(faults, `${Object.keys(requests).length} of ${Object.keys(requests).length} refused`);
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The token's claims under other signatures; a reference token has none, and gives none. */
function forgeries(token: string): Readonly<Record<string, string>> {
  const [, claims = encoded({ sub: 'attack' }), signature = ''] = token.split('.');
  const unsigned = `${encoded({ alg: 'none', typ: 'at+jwt' })}.${claims}.`;
  const keyed = `${encoded({ alg: 'HS256', typ: 'at+jwt' })}.${claims}`;
  const mac = createHmac('sha256', 'public key').update(keyed).digest('base64url');
  const stretched = encoded({ ...claimsOf(claims), exp: 4_102_444_800, scope: '*:*' });
  return {
    'alg none': unsigned,
    'an HMAC': `${keyed}.${mac}`,
    'changed claims': `${token.split('.')[0]}.${stretched}.${signature}`,
    'a guessed reference token': `tk_${'A'.repeat(43)}`,
  };
}

function claimsOf(claims: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/** A call with the token that is bound to a key, under a scheme and with the headers given. */
function sendProven(target: AttackTarget, scheme: string, headers: readonly string[]): Promise<WireAnswer> {
  const authorization = `Authorization: ${scheme} ${target.tokens.proven}`;
  return send(target, { token: null, headers: [authorization, ...headers, 'Connection: close'] });
}

function proofFor(
  target: AttackTarget,
  key: ProofKey,
  url = `http://127.0.0.1:${target.port}${chatPath(target)}`,
): string {
  return `DPoP: ${key.prove({ method: 'POST', url, token: target.tokens.proven, now: target.now() })}`;
}

/** What somebody can try who has, or makes up, a token. */
export const tokenAttacks: readonly Attack[] = [
  {
    id: 'forged-token',
    title: 'No token, and tokens that were forged',
    reference: 'RFC 8725 section 2.1',
    expectation: 'Each is refused (401).',
    run: (target) =>
      noneServed(target, {
        'no token': { token: null },
        ...Object.fromEntries(Object.entries(forgeries(target.tokens.plain)).map(([name, token]) => [name, { token }])),
      }),
  },
  {
    id: 'two-tokens',
    title: 'Two tokens in one request, of which two readers could pick different ones',
    reference: 'RFC 6750 section 2',
    expectation: 'It is refused (401).',
    run: (target) =>
      noneServed(target, { 'two tokens': { headers: [`x-api-key: ${target.tokens.ended}`, 'Connection: close'] } }),
  },
  {
    id: 'token-in-query',
    title: 'A token in the address, where logs and histories keep it',
    reference: 'RFC 9700 section 4.3.2',
    expectation: 'It is refused, although it is a good one.',
    run: (target) => {
      const path = `/${target.provider}/v1/chat/completions?key=${target.tokens.plain}`;
      return noneServed(target, { 'a token in the query': { path, token: null } });
    },
  },
  {
    id: 'replay-one-use',
    title: `A one-use token, ${atOnce} times at once and once more`,
    reference: 'CWE-367',
    expectation: 'Exactly one call passes.',
    run: async (target) => {
      const before = target.standIn.seen.length;
      const text = requestText(target, { token: target.tokens.once });
      const answers = await Promise.all(Array.from({ length: atOnce }, () => sendRaw({ port: target.port }, text)));
      answers.push(await sendRaw({ port: target.port }, text));
      const served = answers.filter(({ statuses }) => statuses[0] === 200).length;
      const reached = target.standIn.seen.length - before;
      const seen = `${served} of ${answers.length} served, ${reached} reached the provider`;
      return served === 1 && reached === 1 ? held(seen) : open(seen);
    },
  },
  {
    id: 'ended-grant',
    title: 'A token whose grant has ended',
    reference: 'RFC 7009 section 2',
    expectation: 'It is refused at once, whatever time its signature still has.',
    run: (target) => noneServed(target, { 'its token': { token: target.tokens.ended } }),
  },
  {
    id: 'stolen-token',
    title: 'A token that was given to one process, used by another',
    reference: 'RFC 9700 section 2.2.1',
    expectation: 'It is refused (401).',
    run: async (target) => {
      const { bound } = target.tokens;
      if (bound === null) return skipped('Tokens are not bound to processes here.');
      return noneServed(target, { 'a stolen token': { token: bound } });
    },
  },
  {
    id: 'replay-proof',
    title: 'A token that is bound to a key, with a proof that was sent before, of another key, or none',
    reference: 'RFC 9449 sections 7 and 11.1',
    expectation: 'A proof passes once; everything else is refused (401).',
    run: async (target) => {
      const proof = proofFor(target, target.proofKey);
      const first = await sendProven(target, 'DPoP', [proof]);
      const before = target.standIn.seen.length;
      const again: Readonly<Record<string, WireAnswer>> = {
        'the same proof': await sendProven(target, 'DPoP', [proof]),
        'no proof': await sendProven(target, 'DPoP', []),
        'the token as a bearer\u2019s': await sendProven(target, 'Bearer', []),
        'another key\u2019s proof': await sendProven(target, 'DPoP', [proofFor(target, createProofKey())]),
        'another address\u2019s proof': await sendProven(target, 'DPoP', [
          proofFor(target, target.proofKey, `http://127.0.0.1:${target.port}/openai/v1/models`),
        ]),
      };
      const faults = Object.entries(again)
        .filter(([, answer]) => answer.statuses[0] !== 401)
        .map(([name, answer]) => `${name} got ${statusText(answer)}`);
      if (first.statuses[0] !== 200) faults.push(`an honest call got ${statusText(first)}`);
      if (target.standIn.seen.length > before) faults.push('a call went through to the provider');
      return verdictOf(faults, 'one call served, 5 of 5 refused');
    },
  },
  {
    id: 'beyond-scope',
    title: 'A token for one provider, used for others and for what it does not name',
    reference: 'RFC 6750 section 3.1',
    expectation: 'Each is refused, in a provider\u2019s own path and by its model in the common one.',
    run: (target) =>
      noneServed(target, {
        'another provider': { path: '/openai/v1/chat/completions' },
        'another capability': { path: `/${target.provider}/v1/embeddings` },
        'the unified API': { path: '/v1/chat/completions', body: '{"model":"openai/gpt-5","messages":[]}' },
      }),
  },
];
