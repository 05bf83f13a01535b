import type { AccessRequest, Approval } from '#shared/model/access.ts';
import { tokenLifetime } from '#shared/model/access.ts';

/** How long an answer holds. */
export type Hold = 'once' | 'timed' | 'until-lock' | 'always';

/** What a person has set before answering. */
export interface Decision {
  readonly hold: Hold;
  /** Seconds of a timed answer. */
  readonly ttlSeconds: number;
  /** Micro-dollars; null for no limit. */
  readonly budgetMicroUsd: number | null;
  /** Scopes of the request that were taken out. */
  readonly refusedScopes: readonly string[];
  /** Whether `always` holds in every folder. */
  readonly isAnywhere: boolean;
  /** The number that was typed under an unusual request. */
  readonly typed: string;
}

/** Starts from exactly what was asked. */
export function initialDecision(request: AccessRequest): Decision {
  return {
    hold: request.uses === 1 ? 'once' : request.endsWhen?.lock ? 'until-lock' : 'timed',
    ttlSeconds: request.ttlSeconds,
    budgetMicroUsd: request.budgetMicroUsd,
    refusedScopes: [],
    isAnywhere: false,
    typed: '',
  };
}

/** Takes a scope out, or puts it back. */
export function toggleScope(decision: Decision, scope: string): Decision {
  const isRefused = decision.refusedScopes.includes(scope);
  const refusedScopes = isRefused
    ? decision.refusedScopes.filter((each) => each !== scope)
    : [...decision.refusedScopes, scope];
  return { ...decision, refusedScopes };
}

/** Scopes that Allow would grant. */
export function allowedScopes(request: AccessRequest, decision: Decision): readonly string[] {
  return request.scopes.filter((scope) => !decision.refusedScopes.includes(scope));
}

/** True when what has to be typed was typed, or nothing has to. */
export function isConfirmed(request: AccessRequest, decision: Decision): boolean {
  return request.confirmation === null || request.confirmation === decision.typed;
}

/** The answer that Allow sends. A scope list is sent only when it is narrower than what was asked. */
export function toApproval(request: AccessRequest, decision: Decision): Approval {
  const scopes = allowedScopes(request, decision);
  const untilLock = decision.hold === 'until-lock';
  return {
    ...(scopes.length === request.scopes.length ? {} : { scopes: [...scopes] }),
    ttlSeconds: untilLock ? tokenLifetime.ceilingSeconds : decision.ttlSeconds,
    uses: decision.hold === 'once' ? 1 : request.uses === 1 ? null : request.uses,
    budgetMicroUsd: decision.budgetMicroUsd,
    ...(untilLock ? { untilLock } : {}),
    ...(decision.hold === 'always' ? { always: true } : {}),
    ...(decision.hold === 'always' && decision.isAnywhere ? { anyFolder: true } : {}),
    ...(request.confirmation === null ? {} : { confirmation: decision.typed }),
  };
}
