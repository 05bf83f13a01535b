import { errors, type TokenEndpointGrantContext } from 'oidc-provider';
import { callerConnectionHeader } from '#shared/contract/http.ts';
import { tokenLifetime } from '#shared/model/access.ts';
import { type TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type { LoopbackConnection } from '#shared/model/process.ts';
import type { NarrowingWish } from '#shared/policy/narrow-grant.ts';
import type { AuthorizationServerOptions, LiveToken } from './authorization-server-options.ts';
import { parseCallerConnection } from './caller-connection.ts';
import { type AnswerShape, demandFields, readDemand } from './client-demand.ts';
import { demandForm, toolNameOf } from './public-client.ts';
import { requireOwnResource } from './require-resource.ts';
import { answerWithToken, type TokenAnswerOptions } from './token-answer.ts';
import type { ReadTokenForm, TokenForm } from './token-form.ts';

/** Token types of RFC 8693 section 3. */
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
const jwtType = 'urn:ietf:params:oauth:token-type:jwt';

/** Names the key that the new token is to be bound to, when it is not the one that made the proof. As in RFC 9449 section 10. */
const boundKeyParameter = 'dpop_jkt';

/** Parameters of the token request, besides the client's. */
export const exchangeGrantParameters = [
  ...['subject_token', 'subject_token_type', 'actor_token', 'actor_token_type'],
  ...['requested_token_type', 'audience', 'resource', boundKeyParameter],
  ...demandFields,
];

/** What the exchange needs of its server. */
export type ExchangeGrantOptions = TokenAnswerOptions &
  Pick<AuthorizationServerOptions, 'issuer'> & { readonly readForm: ReadTokenForm };

type Parameters = Readonly<Record<string, string | undefined>>;
type ExchangeContext = TokenEndpointGrantContext<Parameters>;

/**
 * The token endpoint's token exchange: whoever holds a token gets a narrower one for a sub-agent, and nobody is asked, since
 * it gives nothing that the holder could not do itself. The new grant stems from the token's: it uses up both, and ends with
 * it. RFC 8693.
 */
export function exchangeGrantHandler(options: ExchangeGrantOptions): (context: ExchangeContext) => Promise<void> {
  const { access, issuer } = options;
  return async (context) => {
    const { params } = context.oidc;
    const form = await options.readForm(context);
    const isJwtWanted = readRequestedType(params, form);
    const childForm = boundForm(params, form);
    requireOwnResource(params.resource, issuer);
    requireOwnResource(params.audience, issuer);
    const holder = { access, form, from: parseCallerConnection(context.get(callerConnectionHeader)) };
    const subject = await readToken('subject', params, holder);
    const actor = params.actor_token === undefined ? null : await readToken('actor', params, holder);
    if (params.actor_token === undefined && params.actor_token_type !== undefined)
      throw new errors.InvalidRequest('actor_token_type comes with an actor_token only');
    const { wish, shape } = readWish(params, subject, options);
    const delegate = actor === null ? toolNameOf(context.oidc.client) : (actor.delegates[0] ?? actor.tool);
    const { grantId } = handOn({ subject, delegate, wish }, options);
    context.body = await answer({ grantId, context, shape, form: childForm }, options, isJwtWanted);
  };
}

interface AnswerOrder {
  readonly grantId: string;
  readonly context: ExchangeContext;
  readonly shape: AnswerShape;
  readonly form: TokenForm;
}

/** A grant whose token could not be made would be of no use to anybody. */
async function answer(
  { grantId, context, shape, form }: AnswerOrder,
  options: ExchangeGrantOptions,
  isJwtWanted: boolean,
): Promise<Readonly<Record<string, unknown>>> {
  const order = { grantId, clientId: context.oidc.client.clientId, shape, form };
  const made = await answerWithToken(order, options).catch(async (error: unknown) => {
    await options.access.revoke({ grantId });
    throw error;
  });
  if (made === null) throw new errors.InvalidRequest('the grant of subject_token has ended');
  return { ...made, issued_token_type: isJwtWanted ? jwtType : accessTokenType };
}

function handOn(
  order: { readonly subject: LiveToken; readonly delegate: string; readonly wish: NarrowingWish },
  { access }: ExchangeGrantOptions,
): { readonly grantId: string } {
  try {
    return access.handOn(order);
  } catch (error) {
    const { code, message, details } = toErrorDocument(error);
    if (code === 'insufficient_scope') throw new errors.InvalidScope(message, String(details?.scope ?? ''));
    if (refusals.has(code)) throw new errors.InvalidRequest(message);
    throw error;
  }
}

/** What makes a subject token unacceptable is `invalid_request`. RFC 8693 section 2.2.2. */
const refusals: ReadonlySet<TollkeeperError['code']> = new Set([
  'access_denied',
  'token_already_used',
  'budget_exceeded',
  'conflict',
]);

interface Holder {
  readonly access: ExchangeGrantOptions['access'];
  readonly form: TokenForm;
  readonly from: LoopbackConnection | null;
}

/** A token that is bound to a key, or to a process, is worth nothing without it, here too. */
async function readToken(
  role: 'subject' | 'actor',
  params: Parameters,
  { access, form, from }: Holder,
): Promise<LiveToken> {
  const presented = params[`${role}_token`];
  const type = params[`${role}_token_type`];
  if (presented === undefined || type === undefined)
    throw new errors.InvalidRequest(`${role}_token and ${role}_token_type are needed`);
  if (type !== accessTokenType && type !== jwtType)
    throw new errors.InvalidRequest(`${role}_token_type is ${accessTokenType} or ${jwtType}`);
  const token = await access.readToken(presented, from);
  if (token === null) throw new errors.InvalidRequest(`${role}_token is not a live token of this server`);
  if (token.keyThumbprint !== null && token.keyThumbprint !== form.keyThumbprint)
    throw new errors.CustomOIDCProviderError(
      'invalid_dpop_proof',
      `${role}_token is bound to a key, and no proof of that key came with it`,
    );
  return token;
}

/** True when a JWT is asked for by name. */
function readRequestedType({ requested_token_type: type }: Parameters, { reference }: TokenForm): boolean {
  if (type === undefined || type === accessTokenType) return false;
  if (type !== jwtType) throw new errors.InvalidRequest(`requested_token_type is ${accessTokenType} or ${jwtType}`);
  if (reference) throw new errors.InvalidRequest('a reference token is no JWT');
  return true;
}

/** What is not named is what the subject token has left. */
function readWish(
  params: Parameters,
  subject: LiveToken,
  { clock }: ExchangeGrantOptions,
): { readonly wish: NarrowingWish; readonly shape: AnswerShape } {
  const form = demandForm(params);
  const secondsLeft = Math.max(tokenLifetime.floorSeconds, Math.ceil((subject.expiresAt - clock.now()) / 1_000));
  const { demand, shape, fault } = readDemand(
    { tollkeeper_ttl: String(secondsLeft), scope: subject.scopes.join(' '), ...form },
    { tool: subject.tool, refresh: 'never' },
  );
  if (fault !== null) throw new errors.CustomOIDCProviderError(fault.error, fault.description);
  const { scopes, ttlSeconds, uses, budgetMicroUsd, purpose } = demand;
  return {
    wish: {
      ...{
        scopes,
        ttlSeconds,
        until: subject.expiresAt,
        uses: uses ?? undefined,
        budgetMicroUsd: budgetMicroUsd ?? undefined,
      },
      purpose: purpose ?? undefined,
    },
    shape,
  };
}

/** A holder who proved its own key can name its sub-agent's, so that neither key travels. */
function boundForm(params: Parameters, form: TokenForm): TokenForm {
  const named = params[boundKeyParameter];
  if (named === undefined) return form;
  if (!/^[\w-]{43}$/.test(named)) throw new errors.InvalidRequest(`${boundKeyParameter} is a SHA-256 thumbprint`);
  return { ...form, keyThumbprint: named };
}
