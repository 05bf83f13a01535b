import type { Registry } from '#main/store/registry/registry.ts';
import type { AccessRequest, Actor, Policy, PolicyDraft } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { speakerNameOf } from '#shared/policy/same-program.ts';
import { createIdentifier } from '../identifier.ts';

/** What keeping a policy needs. */
export interface PolicyKeeping {
  readonly registry: Pick<Registry, 'policies' | 'audit' | 'transaction'>;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}

/** A policy that follows from the answer to a request. */
export interface StandingAnswer {
  readonly effect: Policy['effect'];
  readonly request: AccessRequest;
  readonly terms: {
    readonly scopes: readonly string[];
    readonly ttlSeconds: number;
    readonly uses: number | null;
    readonly budgetMicroUsd: number | null;
  };
  readonly actor: Actor;
  /** True widens it from this folder to every one. */
  readonly isAnywhere: boolean;
}

/**
 * Keeps an answer for the next time: for this tool, and bound to its executable and folder where the platform vouches for them. A
 * yes is bound to the executable's content too, and to the program that speaks through it; a no outlives an update.
 */
export function createStandingPolicy(keeping: PolicyKeeping, answer: StandingAnswer): Policy {
  const { request, terms } = answer;
  const process = request.process?.verified === true ? request.process : null;
  const speaker = answer.effect === 'allow' && process !== null ? speakerNameOf(process) : null;
  return addPolicy(keeping, answer.actor, {
    effect: answer.effect,
    tool: request.tool,
    scopes: [...terms.scopes],
    executable: process?.executable ?? null,
    executableHash: answer.effect === 'allow' ? (process?.executableHash ?? null) : null,
    ...(speaker === null ? {} : { speaker }),
    folder: answer.isAnywhere ? null : (process?.folder ?? null),
    ttlSeconds: terms.ttlSeconds,
    uses: terms.uses,
    budgetMicroUsd: terms.budgetMicroUsd,
  });
}

/** Writes a policy and its audit entry together. */
export function addPolicy(keeping: PolicyKeeping, actor: Actor, draft: PolicyDraft): Policy {
  const { registry, clock } = keeping;
  const now = clock.now();
  const policy: Policy = {
    ...draft,
    id: createIdentifier('pol', keeping.random),
    createdAt: new Date(now).toISOString(),
    createdBy: actor,
  };
  return registry.transaction(() => {
    registry.policies.insert(policy);
    const { id: subject, createdAt: _at, createdBy: _by, ...detail } = policy;
    registry.audit.append({ event: 'policy-added', actor, subject, detail }, now);
    return policy;
  });
}
