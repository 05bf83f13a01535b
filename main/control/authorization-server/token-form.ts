import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { authorizationServerPaths } from '#shared/contract/http.ts';
import type { ProofDesk } from './proof-desk.ts';

/** Parameter of every token request: `jwt`, which is the default, or `reference` for an opaque `tk_…` token. */
export const tokenFormatParameter = 'tollkeeper_token_format';

/** What kind of token a client wants. */
export interface TokenForm {
  /** RFC 7638 thumbprint of the key that the token is to be bound to; null for a bearer token. RFC 9449 section 5. */
  readonly keyThumbprint: string | null;
  readonly reference: boolean;
}

/** Reads it from a token request, before anything is handed out. Throws `invalid_dpop_proof` or `invalid_request`. */
export type ReadTokenForm = (context: KoaContextWithOIDC) => Promise<TokenForm>;

/** Makes the reading over a desk. */
export function tokenFormReader(proofs: ProofDesk): ReadTokenForm {
  return async (context) => {
    const reference = readFormat(context.oidc.body?.[tokenFormatParameter]);
    const sent = context.request.headers.dpop;
    const { thumbprint, fault } = await proofs.read(typeof sent === 'string' ? sent : undefined, {
      ...{ method: context.method, path: authorizationServerPaths.token, host: context.host, tokenHash: null },
    });
    if (fault !== null) throw new errors.CustomOIDCProviderError('invalid_dpop_proof', fault);
    return { keyThumbprint: thumbprint, reference };
  };
}

function readFormat(format: unknown): boolean {
  if (format === undefined || format === 'jwt') return false;
  if (format === 'reference') return true;
  throw new errors.InvalidRequest(`${tokenFormatParameter} is jwt or reference`);
}
