import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import { type OpenProof, proofRules } from '#shared/policy/check-proof.ts';

/** See {@link OpenProof}. */
export const openProof: OpenProof = async (proof, now) => {
  const { typ, algorithms } = proofRules;
  const options = { typ, algorithms: [...algorithms], currentDate: now };
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, options);
  return { claims: payload, thumbprint: await calculateJwkThumbprint(protectedHeader.jwk ?? {}, 'sha256') };
};
