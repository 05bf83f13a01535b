import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { authorizationServerPaths, callerConnectionHeader } from '#shared/contract/http.ts';
import { actorClaim } from '../token/actor-claim.ts';
import type { AuthorizationServerOptions, LiveToken } from './authorization-server-options.ts';
import { parseCallerConnection } from './caller-connection.ts';
import { type OauthFault, readForm, sendFault, sendJson } from './http-exchange.ts';
import type { ProofDesk } from './proof-desk.ts';
import { isClaimedClientId } from './public-client.ts';
import { looksLikeRefreshToken, type RefreshTokens } from './refresh-tokens.ts';

/** What the two endpoints need of their server. */
export type TokenEndpointOptions = Pick<AuthorizationServerOptions, 'access' | 'issuer' | 'state'> & {
  readonly refreshTokens: RefreshTokens;
  readonly proofs: ProofDesk;
};

/**
 * Token revocation, RFC 7009. The library's own refuses JWTs, which cannot be recalled without a record; ours are recorded.
 * The client must be the token's; a token that is not live is answered 200 like one that was ended just now. A refresh token
 * ends its grant, as its access token does, section 2.1.
 */
export async function revokeToken(
  request: IncomingMessage,
  response: ServerResponse,
  options: TokenEndpointOptions,
): Promise<void> {
  const { fields, fault } = await readForm(request);
  if (fault !== null) return sendFault(response, fault);
  const presented = fields.get('token');
  const clientId = fields.get('client_id');
  if (clientId === undefined || !isKnownClient(clientId, options)) return sendFault(response, unknownClient);
  if (!presented) return sendFault(response, missingToken);
  const token = await holderOf(presented, options);
  if (token !== null && token.clientId !== clientId) return sendFault(response, foreignToken);
  if (token !== null) {
    options.refreshTokens.endFamily(token.grantId);
    await options.access.revoke(token);
  }
  sendJson(response, 200, {});
}

/**
 * Token introspection, RFC 7662. The caller authenticates with a live token of its own, with a proof when that is bound, and
 * may ask about tokens of the same tool; whatever else it asks about is exactly `{"active":false}`.
 */
export async function introspectToken(
  request: IncomingMessage,
  response: ServerResponse,
  options: TokenEndpointOptions,
): Promise<void> {
  const caller = await authenticate(request, options);
  if (caller === null) return sendFault(response, callerUnknown);
  const { fields, fault } = await readForm(request);
  if (fault !== null) return sendFault(response, fault);
  const presented = fields.get('token');
  if (!presented) return sendFault(response, missingToken);
  const description = looksLikeRefreshToken(presented)
    ? describeRefreshToken(presented, caller, options)
    : describeToken(await options.access.readToken(presented), caller, options.issuer);
  sendJson(response, 200, description ?? { active: false });
}

/** Whose token it is, and of which grant; null when it is not live. */
async function holderOf(
  presented: string,
  { access, refreshTokens }: TokenEndpointOptions,
): Promise<Pick<LiveToken, 'grantId' | 'clientId'> | null> {
  if (!looksLikeRefreshToken(presented)) return access.readToken(presented);
  const record = refreshTokens.find(presented);
  return record === null || record.isUsed || access.livingGrant(record.grantId) === null ? null : record;
}

/** Null for one that is used, whose grant has ended, or that is another tool's. */
function describeRefreshToken(
  presented: string,
  caller: LiveToken,
  { access, refreshTokens, issuer }: TokenEndpointOptions,
): Readonly<Record<string, unknown>> | null {
  const record = refreshTokens.find(presented);
  const grant = record === null || record.isUsed ? null : access.livingGrant(record.grantId);
  if (record === null || grant?.tool !== caller.tool) return null;
  return {
    ...{ active: true, iss: issuer, sub: grant.tool, client_id: record.clientId, scope: grant.scopes.join(' ') },
    exp: Math.floor(grant.expiresAt / 1_000),
  };
}

/** Null for one that is not live or is another tool's. */
function describeToken(
  token: LiveToken | null,
  caller: LiveToken,
  issuer: string,
): Readonly<Record<string, unknown>> | null {
  if (token?.tool !== caller.tool) return null;
  const actor = actorClaim(token.delegates);
  return {
    active: true,
    iss: issuer,
    aud: issuer,
    sub: token.tool,
    client_id: token.clientId,
    scope: token.scopes.join(' '),
    token_type: token.keyThumbprint === null ? 'Bearer' : 'DPoP',
    iat: Math.floor(token.issuedAt / 1_000),
    exp: Math.ceil(token.expiresAt / 1_000),
    jti: token.tokenId,
    ...(token.keyThumbprint === null ? {} : { cnf: { jkt: token.keyThumbprint } }),
    ...(actor === null ? {} : { act: actor }),
  };
}

function isKnownClient(clientId: string, { state }: TokenEndpointOptions): boolean {
  return isClaimedClientId(clientId) || state.find('Client', clientId) !== null;
}

/** Null for a caller without a live token, or with a bound one and no proof of its key, or from a process that is not the token's. RFC 6750 section 2.1, RFC 9449 section 7. */
async function authenticate(
  request: IncomingMessage,
  { access, proofs }: TokenEndpointOptions,
): Promise<LiveToken | null> {
  const [, scheme, presented] =
    /^(Bearer|DPoP) +([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const from = parseCallerConnection(String(request.headers[callerConnectionHeader] ?? ''));
  const token = presented === undefined ? null : await access.readToken(presented, from);
  const isDpop = scheme?.toLowerCase() === 'dpop';
  if (presented === undefined || token === null || isDpop !== (token.keyThumbprint !== null)) return null;
  if (!isDpop) return token;
  const proof = request.headers.dpop;
  const { thumbprint } = await proofs.read(typeof proof === 'string' ? proof : undefined, {
    ...{ method: 'POST', path: authorizationServerPaths.introspect, host: request.headers.host ?? '' },
    tokenHash: createHash('sha256').update(presented).digest('base64url'),
  });
  return thumbprint === token.keyThumbprint ? token : null;
}

const missingToken: OauthFault = {
  status: 400,
  error: 'invalid_request',
  description: 'The parameter token is missing.',
};
const unknownClient: OauthFault = {
  status: 401,
  error: 'invalid_client',
  description: 'Send the client_id that the token was issued to.',
};
const foreignToken: OauthFault = {
  status: 400,
  error: 'invalid_grant',
  description: 'The token was issued to another client.',
};
const callerUnknown: OauthFault = {
  status: 401,
  error: 'invalid_token',
  description: 'Authenticate with a live token of the same tool, as Bearer, or as DPoP when it is bound to a key.',
  challenge: 'Bearer error="invalid_token"',
};
