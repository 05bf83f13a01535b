import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';

/** A key that proofs of possession are made with. RFC 9449. */
export interface ProofKey {
  /** RFC 7638. */
  readonly thumbprint: string;
  /** A proof for one call: its method, its URL without query, and the token that it goes with. RFC 9449 section 4.2. */
  prove(call: { readonly method: string; readonly url: string; readonly token: string; readonly now: number }): string;
}

/** Makes a new key, which nobody keeps. */
export function createProofKey(): ProofKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { crv = '', x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const jwk = { crv, kty: 'EC', x, y };
  return {
    thumbprint: createHash('sha256').update(JSON.stringify(jwk)).digest('base64url'),
    prove({ method, url, token, now }) {
      const header = { typ: 'dpop+jwt', alg: 'ES256', jwk };
      const ath = createHash('sha256').update(token).digest('base64url');
      const claims = { jti: randomUUID(), htm: method, htu: url, iat: Math.floor(now / 1_000), ath };
      const signed = `${encoded(header)}.${encoded(claims)}`;
      const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${signed}.${signature.toString('base64url')}`;
    },
  };
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
