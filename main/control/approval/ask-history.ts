import type { Registry } from '#main/store/registry/registry.ts';
import type { AccessRequest } from '#shared/model/access.ts';
import type { AskedRequest, AskOutcome, AskWay } from '#shared/model/asked-request.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { GrantTerms } from '#shared/policy/narrow-approval.ts';

/** Writes down what was asked and what became of it, so that it can be told what could have been spared. */
export interface AskHistory {
  /** A request came in; to be called inside the transaction that also writes its audit entry. */
  asked(request: AccessRequest, way: AskWay): void;
  /** A request was granted; to be called inside the transaction that makes the grant. */
  granted(id: string, terms: GrantTerms): void;
  /** A request ended without a grant. What can't be written is left out: nothing depends on it. */
  ended(id: string, outcome: Exclude<AskOutcome, 'waiting' | 'granted'>): void;
}

/** Makes the history over the registry's store. */
export function createAskHistory(store: Registry['askedRequests']): AskHistory {
  return {
    asked(request, way) {
      store.insert(recordOf(request, way));
    },
    granted(id, { scopes, ttlSeconds, uses, budgetMicroUsd }) {
      store.settle(id, { outcome: 'granted', granted: { scopes: [...scopes], ttlSeconds, uses, budgetMicroUsd } });
    },
    ended(id, outcome) {
      try {
        store.settle(id, { outcome, granted: null });
      } catch (error) {
        if (!(error instanceof TollkeeperError)) throw error;
      }
    },
  };
}

function recordOf(request: AccessRequest, way: AskWay): AskedRequest {
  const { id, tool, scopes, ttlSeconds, uses, budgetMicroUsd, purpose, process, unusual, createdAt } = request;
  return {
    id,
    askedAt: Date.parse(createdAt),
    way,
    demand: { tool, scopes, ttlSeconds, uses, budgetMicroUsd, purpose },
    process,
    unusual: unusual.length > 0,
    outcome: 'waiting',
    granted: null,
  };
}
