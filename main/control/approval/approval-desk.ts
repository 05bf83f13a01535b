import type { AuditFact } from '#main/store/audit/audit-log.ts';
import type { Registry } from '#main/store/registry/registry.ts';
import {
  type AccessRequest,
  type Actor,
  type Approval,
  answerWindowSeconds,
  deviceCodeSeconds,
  type Grant,
} from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { decideApproval } from '#shared/policy/decide-approval.ts';
import { describeFamiliarity } from '#shared/policy/describe-familiarity.ts';
import { type GrantTerms, narrowApproval } from '#shared/policy/narrow-approval.ts';
import type { Deadlines } from '../deadlines.ts';
import type { EventRecorder } from '../event-recorder.ts';
import type { GrantBook } from '../grant/grant-book.ts';
import { createIdentifier } from '../identifier.ts';
import {
  type Ask,
  averageSpend,
  type Case,
  isEqualAsk,
  processDetail,
  type Settlement,
  settlementOf,
  termsDetail,
} from './access-case.ts';
import { createStandingPolicy } from './standing-policy.ts';
import { createUserCode } from './user-code.ts';

/** A request as the desk took it. */
export interface Asked {
  readonly id: string;
  readonly userCode: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** Never rejects. */
  readonly settled: Promise<Settlement>;
}

/** Where token requests are decided: by policy at once, else by a person within the answer window, else not at all. */
export interface ApprovalDesk {
  /** Throws `rate_limited` when too many wait already. */
  ask(ask: Ask): Asked;
  /** Waiting requests, oldest first. */
  waiting(): readonly AccessRequest[];
  isWaiting(id: string): boolean;
  /** Grants it, possibly narrower. Throws `not_found`, `conflict` when it was already decided, `invalid_request` for a wider scope. */
  approve(id: string, approval: Approval, actor: Actor): Grant;
  /** Throws `not_found`, or `conflict` when it was already decided. */
  deny(id: string, options: { readonly always: boolean; readonly actor: Actor }): void;
  /** Denies all that waits; returns how many. */
  denyAll(actor: Actor): number;
  /** The decision of a request, once for every time it was asked for. Throws `not_found`, or `conflict` when it was collected before. */
  collect(id: string): Promise<Settlement>;
  /** One of those who wait gave up; the last one to do so takes the request back. */
  withdraw(id: string): void;
  /** Time stands still for waiting requests while held; each gets a whole answer window afterwards. */
  hold(held: boolean): void;
}

/** What the desk is made from. */
export interface ApprovalDeskOptions {
  readonly registry: Pick<Registry, 'policies' | 'grants' | 'audit' | 'transaction'>;
  readonly grants: GrantBook;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly random: (bytes: number) => Uint8Array;
  readonly recorder: EventRecorder;
  /** Called after every change of what waits. */
  readonly onChange: () => void;
}

/** Equal requests within this many milliseconds share one prompt. */
const sharingMs = 10_000;
/** How long a decision can be collected, in milliseconds. */
const decisionKeptMs = 10 * 60_000;
const earlierGrants = 50;
/** More waiting requests of one channel than anybody would read; the next ones are refused, those of the other channel are not. */
const maxWaiting = 20;
/** Time a client needs to collect its token before its device code ends, in milliseconds. */
const collectingMs = 15_000;

type AccessEvent = 'access-requested' | 'access-granted' | 'access-denied' | 'access-expired';

interface ActorAndDetail {
  readonly actor: Actor;
  readonly detail?: Record<string, unknown>;
}

/** Opens the desk. */
export function createApprovalDesk(options: ApprovalDeskOptions): ApprovalDesk {
  const { registry, grants, clock, deadlines } = options;
  const cases = new Map<string, Case>();
  let isHeld = false;

  function fact(event: AccessEvent, entry: Case, by: ActorAndDetail): AuditFact {
    const { id, tool, scopes } = entry.request;
    return { event, actor: by.actor, subject: id, detail: { tool, scopes, ...by.detail } };
  }

  function audit(event: AccessEvent, entry: Case, by: ActorAndDetail): void {
    registry.audit.append(fact(event, entry, by), clock.now());
  }

  function find(id: string): Case {
    const entry = cases.get(id) ?? findByCode(id);
    if (entry === undefined)
      throw new TollkeeperError('not_found', `There is no request ${id}. \`toll requests\` lists those that wait.`);
    return entry;
  }

  /** People have the code before their eyes more often than the id. */
  function findByCode(code: string): Case | undefined {
    return undecided().find((entry) => entry.request.userCode === code.toUpperCase());
  }

  function findWaiting(id: string): Case {
    const entry = find(id);
    if (entry.isDecided) throw new TollkeeperError('conflict', `Request ${id} was already decided.`);
    return entry;
  }

  function decide(entry: Case, settlement: Settlement): void {
    entry.isDecided = true;
    entry.deadline?.cancel();
    entry.deadline = deadlines.after(decisionKeptMs, () => cases.delete(entry.request.id));
    entry.settle(settlement);
    options.onChange();
  }

  function grant(
    entry: Case,
    terms: GrantTerms,
    by: { readonly actor: Actor; readonly keepPolicy: boolean; readonly detail: Record<string, unknown> },
  ): Grant {
    const { request } = entry;
    const granted = registry.transaction(() => {
      const made = grants.insert({
        requestId: request.id,
        tool: request.tool,
        purpose: request.purpose,
        process: request.process,
        terms,
        approvedBy: by.actor,
      });
      audit('access-granted', entry, {
        actor: by.actor,
        detail: { grantId: made.id, ...termsDetail(terms), ...by.detail },
      });
      if (by.keepPolicy) createStandingPolicy(options, { effect: 'allow', request, terms, actor: by.actor });
      return made;
    });
    grants.activate(granted);
    decide(entry, { outcome: 'granted', grant: granted });
    return granted;
  }

  function expire(entry: Case): void {
    if (entry.isDecided) return;
    decide(entry, { outcome: 'expired' });
    options.recorder.record(fact('access-expired', entry, { actor: 'timeout' }));
  }

  function startWindow(entry: Case): void {
    entry.deadline?.cancel();
    entry.deadline = null;
    if (!isHeld) entry.deadline = deadlines.after(windowOf(entry.request), () => expire(entry));
  }

  /** Milliseconds there are to answer from now. A device code does not wait: a later yes would be a grant that nobody can use. */
  function windowOf({ channel, createdAt }: AccessRequest): number {
    const whole = answerWindowSeconds * 1_000;
    if (channel !== 'device-code') return whole;
    const codeEnds = Date.parse(createdAt) + deviceCodeSeconds * 1_000 - collectingMs;
    return Math.max(0, Math.min(whole, codeEnds - clock.now()));
  }

  function shareWith(ask: Ask): Case | null {
    if (ask.channel !== 'control-socket' || ask.demand.uses !== null) return null;
    const since = clock.now() - sharingMs;
    const equal = [...cases.values()].find(
      (entry) => !entry.isDecided && Date.parse(entry.request.createdAt) >= since && isEqualAsk(entry.request, ask),
    );
    return equal ?? null;
  }

  function open(ask: Ask): Case {
    const now = clock.now();
    const earlier = registry.grants.listByTool(ask.demand.tool, earlierGrants);
    const request: AccessRequest = {
      ...ask.demand,
      id: createIdentifier('req', options.random),
      channel: ask.channel,
      process: ask.process,
      userCode: ask.userCode ?? createUserCode(options.random),
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + answerWindowSeconds * 1_000).toISOString(),
      ...describeFamiliarity(ask.demand, ask.process, earlier),
      averageSpendMicroUsd: averageSpend(earlier),
    };
    return { request, ...settlementOf(), askers: 1, interested: 1, isDecided: false, deadline: null };
  }

  function openAndDecide(ask: Ask): Case {
    if (undecided().filter((entry) => entry.request.channel === ask.channel).length >= maxWaiting) {
      throw new TollkeeperError(
        'rate_limited',
        `${maxWaiting} requests wait for an answer already. Answer them first.`,
      );
    }
    const entry = open(ask);
    const decision = decideApproval(ask.demand, ask.process, registry.policies.list());
    audit('access-requested', entry, {
      actor: 'client',
      detail: { channel: ask.channel, purpose: ask.demand.purpose, ...processDetail(ask.process) },
    });
    if (decision.outcome === 'granted') {
      grant(entry, decision.terms, { actor: 'policy', keepPolicy: false, detail: { policyIds: decision.policyIds } });
    } else if (decision.outcome === 'denied') {
      decide(entry, { outcome: 'denied', by: 'policy' });
      const by: ActorAndDetail = { actor: 'policy', detail: { policyId: decision.policyId } };
      options.recorder.record(fact('access-denied', entry, by));
    } else {
      startWindow(entry);
      options.onChange();
    }
    cases.set(entry.request.id, entry);
    return entry;
  }

  /** A no holds even when it can't be written down: it is given first. */
  function deny(entry: Case, by: { readonly always: boolean; readonly actor: Actor }): void {
    const { request } = entry;
    decide(entry, { outcome: 'denied', by: by.actor });
    options.recorder.record(fact('access-denied', entry, { actor: by.actor }));
    if (by.always) createStandingPolicy(options, { effect: 'deny', request, terms: request, actor: by.actor });
  }

  function undecided(): readonly Case[] {
    return [...cases.values()].filter((entry) => !entry.isDecided);
  }

  return {
    ask(ask) {
      const shared = shareWith(ask);
      if (shared !== null) {
        shared.askers += 1;
        shared.interested += 1;
      }
      const { request, settled } = shared ?? openAndDecide(ask);
      return { id: request.id, userCode: request.userCode, expiresAt: request.expiresAt, settled };
    },
    waiting: () => undecided().map((entry) => entry.request),
    isWaiting: (id) => cases.get(id)?.isDecided === false,
    approve(id, approval, actor) {
      const entry = findWaiting(id);
      if (approval.always === true && entry.request.process?.verified !== true) {
        throw new TollkeeperError(
          'invalid_request',
          'Always would hold for every program that uses this name, because the system does not vouch for this one. Allow it once, or add a policy.',
        );
      }
      const terms = narrowApproval(entry.request, approval);
      return grant(entry, terms, { actor, keepPolicy: approval.always ?? false, detail: {} });
    },
    deny: (id, by) => deny(findWaiting(id), by),
    denyAll(actor) {
      const open = undecided();
      for (const entry of open) deny(entry, { always: false, actor });
      return open.length;
    },
    async collect(id) {
      const entry = find(id);
      if (entry.askers === 0)
        throw new TollkeeperError('conflict', `The answer to request ${id} was already collected.`);
      entry.askers -= 1;
      return entry.settled;
    },
    withdraw(id) {
      const entry = cases.get(id);
      if (entry === undefined || entry.isDecided) return;
      entry.interested -= 1;
      if (entry.interested === 0) deny(entry, { always: false, actor: 'client' });
    },
    hold(held) {
      if (held === isHeld) return;
      isHeld = held;
      for (const entry of undecided()) {
        if (!held) {
          entry.request = {
            ...entry.request,
            expiresAt: new Date(clock.now() + windowOf(entry.request)).toISOString(),
          };
        }
        startWindow(entry);
      }
      options.onChange();
    },
  };
}
