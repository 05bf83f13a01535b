import { errors } from 'oidc-provider';
import { tokenLifetime } from '#shared/model/access.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import type { AuthorizationServerOptions, IssuedToken } from './authorization-server-options.ts';
import type { AnswerShape } from './client-demand.ts';
import { describeGranted } from './gateway-details.ts';
import type { RefreshTokens } from './refresh-tokens.ts';
import type { TokenForm } from './token-form.ts';

/** What the answers of the token endpoint are made with. */
export type TokenAnswerOptions = Pick<AuthorizationServerOptions, 'access' | 'clock'> & {
  readonly refreshTokens: RefreshTokens;
};

/** Whose token, and what comes with it. */
export interface TokenAnswerOrder {
  readonly grantId: string;
  readonly clientId: string;
  readonly shape: AnswerShape;
  readonly form: TokenForm;
}

/**
 * Makes the token endpoint's successful answer, RFC 6749 section 5.1; null when the grant has ended. A client that can refresh
 * gets a token of a quarter of an hour, never beyond the grant's end; any other one that lasts as long as the grant. Throws
 * `temporarily_unavailable` when no token can be signed just now.
 */
export async function answerWithToken(
  order: TokenAnswerOrder,
  options: TokenAnswerOptions,
): Promise<Readonly<Record<string, unknown>> | null> {
  const issued = await issue(order, options);
  const grant = options.access.livingGrant(order.grantId);
  if (issued === null || grant === null) return null;
  const now = options.clock.now();
  const { grantId, clientId, form } = order;
  const record = { grantId, clientId, details: order.shape.details, keyThumbprint: form.keyThumbprint };
  return {
    access_token: issued.token,
    token_type: form.keyThumbprint === null ? 'Bearer' : 'DPoP',
    expires_in: secondsUntil(issued.expiresAt, now),
    scope: issued.scopes.join(' '),
    ...(order.shape.refresh
      ? { refresh_token: options.refreshTokens.issue({ ...record, endsAt: grant.expiresAt }) }
      : {}),
    ...(order.shape.details
      ? { authorization_details: describeGranted({ ...grant, secondsLeft: secondsUntil(grant.expiresAt, now) }) }
      : {}),
  };
}

/** Asks control for the token; its refusals become errors that a client understands. */
async function issue(order: TokenAnswerOrder, { access }: TokenAnswerOptions): Promise<IssuedToken | null> {
  const { grantId, clientId, shape, form } = order;
  try {
    return await access.issue({
      ...{ grantId, clientId, ...form },
      lifetimeSeconds: shape.refresh ? tokenLifetime.defaultSeconds : null,
    });
  } catch (cause) {
    const { code, message } = toErrorDocument(cause);
    if (code === 'access_denied') return null;
    throw new errors.TemporarilyUnavailable(message, { cause });
  }
}

function secondsUntil(at: number, now: number): number {
  return Math.max(0, Math.floor((at - now) / 1_000));
}
