import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway, type TestGrant } from './support/test-gateway.ts';
import { startUpstream, type TestUpstream } from './support/test-upstream.ts';

/** A tool with a key of its own. */
interface Keyholder {
  readonly thumbprint: string;
  /** A proof for the path that the tests call, but for what is changed; a member that is null is left out. */
  proof(
    token: string,
    claims?: Readonly<Record<string, unknown>>,
    header?: Partial<JWTHeaderParameters>,
  ): Promise<string>;
}

let upstream: TestUpstream;
let gateway: TestGateway;
let holder: Keyholder;
let bound: TestGrant;
const path = '/openai/v1/models';

async function keyholder(): Promise<Keyholder> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    proof(token, claims = {}, header = {}) {
      const payload = {
        ...{ jti: randomUUID(), htm: 'GET', htu: gateway.url + path, iat: Math.floor(Date.now() / 1_000) },
        ...{ ath: createHash('sha256').update(token).digest('base64url'), ...claims },
      };
      const present = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== null));
      return new SignJWT(present)
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
        .sign(privateKey);
    },
  };
}

function call(token: string, proof: string | null, scheme = 'DPoP'): Promise<Response> {
  return fetch(gateway.url + path, {
    headers: { authorization: `${scheme} ${token}`, ...(proof === null ? {} : { dpop: proof }) },
  });
}

async function refusalOf(answer: Response): Promise<string> {
  const { error } = (await answer.json()) as { error: { code: string } };
  return `${answer.status} ${error.code}`;
}

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startTestGateway({ upstreams: [{ provider: 'openai', baseUrl: `${upstream.origin}/v1` }] });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
beforeEach(async () => {
  holder = await keyholder();
  bound = await gateway.grant({ claims: { cnf: { jkt: holder.thumbprint } } });
});

describe('RFC 9449: a token that is bound to a key', () => {
  it('serves its holder with a proof for each call, by the strict client too', async () => {
    expect((await call(bound.token, await holder.proof(bound.token))).status).toBe(200);
    expect((await call(bound.token, await holder.proof(bound.token))).status).toBe(200);
    const pair = await oauth.generateKeyPair('ES256');
    const jkt = await calculateJwkThumbprint(await exportJWK(pair.publicKey));
    const other = await gateway.grant({ claims: { cnf: { jkt } } });
    const url = new URL(`${gateway.url}${path}?limit=3`);
    const answer = await oauth.protectedResourceRequest(other.token, 'GET', url, undefined, undefined, {
      DPoP: oauth.DPoP({}, pair),
      [oauth.allowInsecureRequests]: true,
    });
    expect(answer.status).toBe(200);
  });

  it('keeps its proof from the provider', async () => {
    await (await call(bound.token, await holder.proof(bound.token))).text();
    const seen = JSON.stringify(upstream.seen.at(-1)).toLowerCase();
    expect(seen).not.toContain('dpop');
    expect(seen).not.toContain(bound.token.toLowerCase());
  });

  it('is refused as a bearer token, in whatever header, with a challenge that names the algorithms', async () => {
    const proof = await holder.proof(bound.token);
    const answers = [
      await call(bound.token, null, 'Bearer'),
      await call(bound.token, proof, 'Bearer'),
      await fetch(gateway.url + path, { headers: { 'x-api-key': bound.token, dpop: proof } }),
    ];
    for (const answer of answers) {
      expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP .*error="invalid_token".*algs="ES256 /);
      expect(await refusalOf(answer)).toBe('401 invalid_token');
    }
  });

  it('is refused without a proof, and with the proof of another key', async () => {
    const missing = await call(bound.token, null);
    expect(missing.headers.get('www-authenticate')).toMatch(/^DPoP .*error="invalid_dpop_proof"/);
    expect(await refusalOf(missing)).toBe('401 invalid_dpop_proof');
    const thief = await keyholder();
    expect(await refusalOf(await call(bound.token, await thief.proof(bound.token)))).toBe('401 invalid_token');
  });

  it('takes each proof once', async () => {
    const proof = await holder.proof(bound.token);
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(bound.token, proof)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(await refusalOf(await call(bound.token, proof))).toBe('401 invalid_dpop_proof');
  });

  it.each([
    ['another method', { htm: 'POST' }, {}],
    ['another path', { htu: 'http://127.0.0.1/openai/v1/models' }, {}],
    ['another host', { htu: `http://example.com${path}` }, {}],
    ['another token', { ath: createHash('sha256').update('another').digest('base64url') }, {}],
    ['no token', { ath: null }, {}],
    ['no id', { jti: null }, {}],
    ['no time', { iat: null }, {}],
    ['long ago', { iat: Math.floor(Date.now() / 1_000) - 90 }, {}],
    ['time to come', { iat: Math.floor(Date.now() / 1_000) + 60 }, {}],
    ['another use', {}, { typ: 'JWT' }],
    ['no key', {}, { jwk: undefined }],
  ])('refuses a proof that is for %s', async (_what, claims, header) => {
    const proof = await holder.proof(bound.token, claims, header as Partial<JWTHeaderParameters>);
    expect(await refusalOf(await call(bound.token, proof))).toBe('401 invalid_dpop_proof');
  });

  it('refuses a proof by a secret that both would know, and two proofs', async () => {
    const jwk = { kty: 'oct', k: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA' };
    const symmetric = await new SignJWT({ jti: 'a', htm: 'GET', htu: gateway.url + path })
      .setIssuedAt()
      .setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk })
      .sign(Buffer.from(jwk.k, 'base64url'));
    expect(await refusalOf(await call(bound.token, symmetric))).toBe('401 invalid_dpop_proof');
    const twice = `${await holder.proof(bound.token)}, ${await holder.proof(bound.token)}`;
    expect(await refusalOf(await call(bound.token, twice))).toBe('401 invalid_dpop_proof');
  });

  it('is one that was verified before as well, and one bound otherwise is no token at all', async () => {
    expect((await call(bound.token, await holder.proof(bound.token))).status).toBe(200);
    expect((await call(bound.token, null, 'Bearer')).status).toBe(401);
    const odd = await gateway.grant({ claims: { cnf: { 'x5t#S256': 'abc' } } });
    expect(await refusalOf(await call(odd.token, null, 'Bearer'))).toBe('401 invalid_token');
  });

  it('is not what a bearer token becomes by being sent as one', async () => {
    const free = await gateway.grant();
    expect((await call(free.token, null, 'Bearer')).status).toBe(200);
    expect(await refusalOf(await call(free.token, await holder.proof(free.token)))).toBe('401 invalid_token');
  });

  it('can be a reference token', async () => {
    const free = await gateway.grant();
    const token = `tk_${'a'.repeat(43)}`;
    const hash = createHash('sha256').update(token).digest('base64url');
    const expiresAt = Date.now() + 60_000;
    const reference = { hash, grantId: free.grantId, tokenId: 'ref', expiresAt, keyThumbprint: holder.thumbprint };
    await gateway.update({ referenceTokens: [reference] });
    expect(await refusalOf(await call(token, null, 'Bearer'))).toBe('401 invalid_token');
    expect((await call(token, await holder.proof(token))).status).toBe(200);
  });
});
