import { createHash, timingSafeEqual } from 'node:crypto';
import { errors, type TokenEndpointGrantContext } from 'oidc-provider';
import type { AuthorizationServerOptions } from './authorization-server-options.ts';
import { type CodeRequest, type CodeRequests, codeLifetimeMs } from './code-requests.ts';
import { requireOwnResource } from './require-resource.ts';
import { noteAllowedClient } from './state-adapter.ts';
import { answerWithToken, type TokenAnswerOptions } from './token-answer.ts';
import type { ReadTokenForm } from './token-form.ts';

/** What the code grant needs of its server. */
export type CodeGrantOptions = TokenAnswerOptions &
  Pick<AuthorizationServerOptions, 'issuer' | 'state'> & {
    readonly requests: CodeRequests;
    readonly readForm: ReadTokenForm;
  };

/** Parameters of the token request, besides the client's. RFC 6749 section 4.1.3, RFC 7636 section 4.5, RFC 8707 section 2.2. */
export const codeGrantParameters = ['code', 'code_verifier', 'redirect_uri', 'resource'] as const;

type CodeGrantContext = TokenEndpointGrantContext<
  Readonly<Partial<Record<(typeof codeGrantParameters)[number], string>>>
>;

const verifierPattern = /^[A-Za-z0-9._~-]{43,128}$/;

/**
 * The token endpoint's code grant: the code works once, for the client, redirect URI and verifier it was made for. Whoever
 * brings all of these a second time has what only the client should have: then the grant ends. RFC 6749 section 4.1.2.
 */
export function codeGrantHandler(options: CodeGrantOptions): (context: CodeGrantContext) => Promise<void> {
  const { requests, access, clock } = options;
  return async (context) => {
    const { clientId } = context.oidc.client;
    const { request, grantId } = findGranted(context, requests);
    requireOwnResource(context.oidc.params.resource, options.issuer);
    const form = await options.readForm(context);
    const isTooOld = clock.now() > (request.decidedAt ?? 0) + codeLifetimeMs;
    if (isTooOld && !request.isRedeemed) throw new errors.InvalidGrant('authorization code is too old');
    if (!requests.redeem(request.ticket)) {
      await access.endReused({ grantId, clientId, what: 'authorization-code' });
      throw new errors.InvalidGrant('authorization code was used already; the grant has ended');
    }
    const answer = await answerWithToken({ grantId, clientId, shape: request.shape, form }, options).catch((error) => {
      requests.release(request);
      throw error;
    });
    if (answer === null) throw new errors.InvalidGrant('the grant has ended');
    noteAllowedClient(options, clientId);
    context.body = answer;
  };
}

function findGranted(
  { oidc: { params, client } }: CodeGrantContext,
  requests: CodeRequests,
): { readonly request: CodeRequest; readonly grantId: string } {
  const { code, redirect_uri: redirectUri, code_verifier: verifier } = params;
  if (code === undefined || redirectUri === undefined || verifier === undefined)
    throw new errors.InvalidRequest('code, redirect_uri and code_verifier are needed');
  const request = requests.findByCode(code);
  const isClients = request?.clientId === client.clientId && request.redirectUri === redirectUri;
  if (request === null || !isClients || !verifies(verifier, request.codeChallenge))
    throw new errors.InvalidGrant('no such authorization code for this client, redirect URI and verifier');
  if (request.decision?.outcome !== 'granted') throw new errors.InvalidGrant('access was not granted');
  return { request, grantId: request.decision.grantId };
}

/** RFC 7636 section 4.6, S256. */
function verifies(verifier: string, challenge: string): boolean {
  if (!verifierPattern.test(verifier)) return false;
  const expected = Buffer.from(challenge);
  const actual = Buffer.from(createHash('sha256').update(verifier).digest('base64url'));
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
