import { TollkeeperError } from '#shared/model/error.ts';
import { authorizeSession } from './authorize-session.ts';
import type { CallLimits } from './call-limits.ts';
import { type Exchange, present, type Stage } from './exchange.ts';
import { isCharged } from './is-charged.ts';
import { requireScope } from './require-scope.ts';
import { isReadable, takeBody } from './take-body.ts';

/** What authorization needs. */
export interface AuthorizeOptions {
  readonly limits: CallLimits;
  readonly maxBodyBytes: number;
}

/**
 * Stage: does a scope of the grant cover this call, its model included? Reads the body as far as the answer depends on
 * it. What can't be told for sure is refused. Calls to the unified API come with a body that was read and candidates that are
 * covered; of the others all candidates are one provider's.
 */
export function createAuthorize({ limits, maxBodyBytes }: AuthorizeOptions): Stage {
  return (exchange) => {
    const grant = present(exchange.grant);
    const candidate = present(exchange.candidates[0]);
    exchange.takeUp(candidate);
    if (exchange.unified !== null) {
      return undefined;
    }
    const { upstream, endpoint } = candidate;
    if (endpoint.session !== undefined) {
      authorizeSession(exchange);
      return undefined;
    }
    const needsModel = grant.scopes.needsModel(upstream.id, endpoint.capability);
    if (!needsModel) {
      requireScope(exchange, { provider: upstream.id, capability: endpoint.capability, model: null });
    }
    const hasBudget = grant.hasBudget || limits.needCost(exchange, exchange.candidates);
    const budgeted = hasBudget && isCharged(endpoint) && !upstream.provider.local;
    const policy = { inspect: budgeted || (needsModel && endpoint.model === 'body'), needsModel };
    const reading = takeBody(exchange, {
      inspect: policy.inspect,
      resend: exchange.candidates.length > 1,
      namesModel: endpoint.model === 'body',
      maxBodyBytes,
    });
    if (reading !== undefined) {
      return reading.then(() => decide(exchange, policy));
    }
    decide(exchange, policy);
    return undefined;
  };
}

function decide(exchange: Exchange, policy: { readonly inspect: boolean; readonly needsModel: boolean }): void {
  exchange.learnModel();
  if (policy.inspect && exchange.body.kind === 'whole' && isReadable(exchange) && exchange.facts().ambiguous) {
    throw new TollkeeperError(
      'invalid_request',
      'The body must be one JSON object, or a plain form, that names its model once, because this token is limited by model or budget.',
    );
  }
  if (policy.needsModel) {
    const { capability } = present(exchange.endpoint);
    requireScope(exchange, { provider: present(exchange.upstream).id, capability, model: exchange.model });
  }
}
