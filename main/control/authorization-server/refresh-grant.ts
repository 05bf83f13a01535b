import { errors, type TokenEndpointGrantContext } from 'oidc-provider';
import { scopesCover } from '#shared/policy/match-scope.ts';
import type { AuthorizationServerOptions } from './authorization-server-options.ts';
import { offlineScope } from './client-demand.ts';
import { createRateWindow, type RateWindow } from './rate-window.ts';
import type { RefreshRecord, RefreshTokens } from './refresh-tokens.ts';
import { requireOwnResource } from './require-resource.ts';
import { answerWithToken, type TokenAnswerOptions } from './token-answer.ts';
import type { ReadTokenForm } from './token-form.ts';

/** What the refresh grant needs of its server. */
export type RefreshGrantOptions = TokenAnswerOptions &
  Pick<AuthorizationServerOptions, 'issuer'> & {
    readonly refreshTokens: RefreshTokens;
    readonly readForm: ReadTokenForm;
  };

/** Parameters of the token request, besides the client's. RFC 6749 section 6, RFC 8707 section 2.2. */
export const refreshGrantParameters = ['refresh_token', 'scope', 'resource'] as const;

type RefreshGrantContext = TokenEndpointGrantContext<
  Readonly<Partial<Record<(typeof refreshGrantParameters)[number], string>>>
>;

/** Tokens of one grant a minute: each leaves rows behind, and a tool that asks more often has gone wrong. */
const mostPerMinute = 30;
const mostWindows = 1_000;

/**
 * The token endpoint’s refresh grant. Each refresh token works once and is replaced by the next; one that comes a second time
 * was stolen from one of the two who brought it, so the whole family ends, and the grant with it. RFC 9700 section 4.14.2.
 */
export function refreshGrantHandler(options: RefreshGrantOptions): (context: RefreshGrantContext) => Promise<void> {
  const { access, refreshTokens } = options;
  const windows = new Map<string, RateWindow>();
  return async (context) => {
    const { clientId } = context.oidc.client;
    const { refresh_token: presented, scope, resource } = context.oidc.params;
    if (presented === undefined) throw new errors.InvalidRequest("missing required parameter 'refresh_token'");
    const record = refreshTokens.find(presented);
    if (record === null || record.clientId !== clientId) throw new errors.InvalidGrant('refresh token not found');
    requireOwnResource(resource, options.issuer);
    const form = await options.readForm(context);
    if (record.keyThumbprint !== null && record.keyThumbprint !== form.keyThumbprint)
      throw new errors.InvalidGrant('the refresh token is bound to a key, and no proof of that key came with it');
    if (record.isUsed) return endFamily(record);
    requireGrantedScope(scope, record);
    if (!windowOf(record.grantId).take()) throw new errors.SlowDown();
    if (!refreshTokens.use(presented)) return endFamily(record);
    const shape = { refresh: true, details: record.details };
    const answer = await answerWithToken({ grantId: record.grantId, clientId, shape, form }, options).catch((error) => {
      refreshTokens.release(presented);
      throw error;
    });
    if (answer === null) throw new errors.InvalidGrant('the grant has ended');
    context.body = answer;
  };

  function windowOf(grantId: string): RateWindow {
    if (windows.size >= mostWindows) windows.clear();
    const window = windows.get(grantId) ?? createRateWindow(options.clock, mostPerMinute);
    windows.set(grantId, window);
    return window;
  }

  async function endFamily({ grantId, clientId }: RefreshRecord): Promise<never> {
    refreshTokens.endFamily(grantId);
    await access.endReused({ grantId, clientId, what: 'refresh-token' });
    throw new errors.InvalidGrant('refresh token was used already; the grant has ended');
  }

  /** A token for less than the grant is what token exchange is for; to give all of it instead would be more than was asked. */
  function requireGrantedScope(scope: string | undefined, { grantId }: RefreshRecord): void {
    const granted = access.livingGrant(grantId)?.scopes;
    if (granted === undefined) throw new errors.InvalidGrant('the grant has ended');
    if (scope === undefined) return;
    const asked = scope.split(' ').filter((token) => token !== '' && token !== offlineScope);
    if (!scopesCover(granted, asked)) throw new errors.InvalidScope('more than was granted', scope);
    if (!scopesCover(asked, granted)) throw new errors.InvalidScope('less than was granted: exchange the token', scope);
  }
}
