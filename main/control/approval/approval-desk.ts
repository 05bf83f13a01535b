import type { AuditFact } from '#main/store/audit/audit-log.ts';
import type { Registry } from '#main/store/registry/registry.ts';
import type { AccessDemand, AccessRequest, Actor, Approval, Grant } from '#shared/model/access.ts';
import type { AskWay, SilencedTool } from '#shared/model/asked-request.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { decideApproval } from '#shared/policy/decide-approval.ts';
import { findLivingGrant } from '#shared/policy/find-living-grant.ts';
import { grantEnd } from '#shared/policy/grant-end.ts';
import { type GrantTerms, narrowApproval } from '#shared/policy/narrow-approval.ts';
import type { Deadlines } from '../deadlines.ts';
import type { EventRecorder } from '../event-recorder.ts';
import type { GrantBook } from '../grant/grant-book.ts';
import { type Ask, type Case, caseOf, isEqualAsk, processDetail, type Settlement, termsDetail } from './access-case.ts';
import { type AskHistory, createAskHistory } from './ask-history.ts';
import { type CaseBook, createCaseBook } from './case-book.ts';
import { composeRequest } from './compose-request.ts';
import { placeFor } from './place-request.ts';
import { createSilenceBook, type SilenceBook } from './silence-book.ts';
import { createStandingPolicy } from './standing-policy.ts';

/** A request as the desk took it. */
export interface Asked {
  readonly id: string;
  readonly userCode: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly isInInbox: boolean;
  /** Never rejects. */
  readonly settled: Promise<Settlement>;
}

/**
 * Where token requests are decided: by policy at once, by a living grant for the same, else by a person within the answer
 * window, else not at all. The person is asked once for equal questions, and not at all by a tool that was denied again and again.
 */
export interface ApprovalDesk {
  /** Throws `rate_limited` when too many wait already, and `tool_silenced` for a tool that is not heard now. */
  ask(ask: Ask): Asked;
  /** Waiting requests, oldest first; those of the inbox are among them. */
  waiting(): readonly AccessRequest[];
  isWaiting(id: string): boolean;
  /**
   * Grants it, possibly narrower. Throws `not_found`, `conflict` when it was already decided, `invalid_request` for a wider
   * scope, and `confirmation_required` for an unusual one without the number that stands beside it.
   */
  approve(id: string, approval: Approval, actor: Actor): Grant;
  /** A person’s no, which counts against the tool. Throws `not_found`, or `conflict` when it was already decided. */
  deny(id: string, options: { readonly always: boolean; readonly actor: Actor }): void;
  /** Denies all that waits; returns how many. */
  denyAll(actor: Actor): number;
  /** The decision of a request, once for every time it was asked for. Throws `not_found`, or `conflict` when it was collected before. */
  collect(id: string): Promise<Settlement>;
  /** One of those who wait gave up; the last one to do so takes the request back. */
  withdraw(id: string): void;
  /** Tools that are not heard now. */
  silenced(): readonly SilencedTool[];
  /** Hears a tool again, named by its silence's id or by its name. Throws `not_found`. */
  listen(idOrTool: string, actor: Actor): void;
  /** Time stands still for waiting requests as long as any reason holds; none is lost. Holding for one reason twice is holding once. */
  hold(reason: string): void;
  /** Takes a reason back. After the last one, each request gets a whole answer window. */
  release(reason: string): void;
}

/** What the desk is made from. */
export interface ApprovalDeskOptions {
  readonly registry: Pick<Registry, 'policies' | 'grants' | 'askedRequests' | 'audit' | 'transaction'>;
  readonly grants: GrantBook;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly random: (bytes: number) => Uint8Array;
  readonly recorder: EventRecorder;
  /** True when a person is to answer this tool's next request, whatever policies and living grants say. */
  readonly asksAnew?: (tool: string) => boolean;
  /** Called after every change of what waits. */
  readonly onChange: () => void;
}

/** Equal requests share one prompt while at least so much of its time is left, in milliseconds. */
const joinableMs = 15_000;

/** Who typed the id or the code to answer: that is confirmation enough. */
const typedTheCode: ReadonlySet<Actor> = new Set<Actor>(['cli']);

type AccessEvent = 'access-requested' | 'access-granted' | 'access-shared' | 'access-denied' | 'access-expired';

interface ActorAndDetail {
  readonly actor: Actor;
  readonly detail?: Record<string, unknown>;
}

/** Opens the desk. */
export function createApprovalDesk(options: ApprovalDeskOptions): ApprovalDesk {
  return new Desk(options);
}

class Desk implements ApprovalDesk {
  readonly #options: ApprovalDeskOptions;
  readonly #cases: CaseBook;
  readonly #silence: SilenceBook;
  readonly #history: AskHistory;

  constructor(options: ApprovalDeskOptions) {
    this.#options = options;
    this.#cases = createCaseBook({ ...options, onExpired: (entry) => this.#expire(entry) });
    this.#silence = createSilenceBook(options);
    this.#history = createAskHistory(options.registry.askedRequests);
  }

  ask(ask: Ask): Asked {
    const { request, settled } = this.#decideAlone(ask) ?? this.#join(ask) ?? this.#askPerson(ask);
    const { id, userCode, expiresAt, inbox } = request;
    return { id, userCode, expiresAt, isInInbox: inbox !== null, settled };
  }

  waiting(): readonly AccessRequest[] {
    return this.#cases.waiting().map(({ request }) => request);
  }

  isWaiting(id: string): boolean {
    return this.#cases.peek(id)?.isDecided === false;
  }

  approve(id: string, approval: Approval, actor: Actor): Grant {
    const entry = this.#cases.findWaiting(id);
    assertConfirmed(entry.request, approval, actor);
    assertVouched(entry.request, approval);
    const terms = narrowApproval(entry.request, approval);
    return this.#grant(entry, terms, { actor, detail: {}, keepAs: approval.always === true ? approval : null });
  }

  deny(id: string, by: { readonly always: boolean; readonly actor: Actor }): void {
    const entry = this.#cases.findWaiting(id);
    this.#deny(entry, by);
    this.#silence.denied(entry.request);
  }

  denyAll(actor: Actor): number {
    const open = this.#cases.waiting();
    for (const entry of open) this.#deny(entry, { always: false, actor });
    return open.length;
  }

  async collect(id: string): Promise<Settlement> {
    const entry = this.#cases.find(id);
    if (entry.askers === 0) throw new TollkeeperError('conflict', `The answer to request ${id} was already collected.`);
    entry.askers -= 1;
    return entry.settled;
  }

  withdraw(id: string): void {
    const entry = this.#cases.peek(id);
    if (entry === undefined || entry.isDecided) return;
    entry.interested -= 1;
    if (entry.interested === 0) this.#deny(entry, { always: false, actor: 'client' });
  }

  silenced(): readonly SilencedTool[] {
    return this.#silence.list();
  }

  listen(idOrTool: string, actor: Actor): void {
    this.#silence.listen(idOrTool, actor);
  }

  hold(reason: string): void {
    this.#cases.hold(reason);
  }

  release(reason: string): void {
    this.#cases.release(reason);
  }

  /** What policies and living grants answer; null when a person has to. */
  #decideAlone(ask: Ask): Case | null {
    const { registry, grants, clock } = this.#options;
    const { demand, process, binding = null } = ask;
    const decision = decideApproval(demand, process, registry.policies.list());
    const asksAnew = this.#options.asksAnew?.(demand.tool) ?? false;
    if (asksAnew && decision.outcome !== 'denied') return null;
    if (decision.outcome === 'granted') {
      const entry = this.#take(ask, 'policy');
      this.#grant(entry, decision.terms, { actor: 'policy', detail: { policyIds: decision.policyIds }, keepAs: null });
      return entry;
    }
    if (decision.outcome === 'denied') {
      const entry = this.#take(ask, 'policy');
      this.#cases.settle(entry, { outcome: 'denied', by: 'policy' });
      this.#note('access-denied', entry, { actor: 'policy', detail: { policyId: decision.policyId } });
      this.#history.ended(entry.request.id, 'denied');
      return entry;
    }
    const living = findLivingGrant({ demand, process, binding }, { grants: grants.active(), now: clock.now() });
    const grant = living === null || living.isWhole ? (living?.grant ?? null) : this.#narrow(demand, living.grant);
    return grant === null ? null : this.#share(ask, grant);
  }

  /** A grant for less, below one that lives, and with it sharing that one's limits; null when nothing more can stem from it. */
  #narrow(demand: AccessDemand, parent: Grant): Grant | null {
    const { tool, scopes, uses, budgetMicroUsd, purpose } = demand;
    try {
      return this.#options.grants.handOn({
        parentGrantId: parent.id,
        delegate: tool,
        wish: {
          ...{ scopes, uses: uses ?? undefined, budgetMicroUsd: budgetMicroUsd ?? undefined },
          until: grantEnd(demand, this.#options.clock.now()),
          purpose: purpose ?? undefined,
        },
      });
    } catch (error) {
      if (error instanceof TollkeeperError && error.code === 'conflict') return null;
      throw error;
    }
  }

  /** A further token under what was allowed already, with the same limits, and for no longer than is asked. */
  #share(ask: Ask, grant: Grant): Case {
    const endsAt = grantEnd(ask.demand, this.#options.clock.now());
    const entry = this.#take(ask, 'grant');
    const isShorter = endsAt < Date.parse(grant.expiresAt);
    this.#note('access-shared', entry, { actor: 'system', detail: { grantId: grant.id } });
    this.#cases.settle(entry, { outcome: 'granted', grant, ...(isShorter ? { endsAt } : {}) });
    return entry;
  }

  /** One more who waits for the answer to the same question; null when nobody asked it. */
  #join(ask: Ask): Case | null {
    if (ask.channel !== 'control-socket' || ask.demand.uses !== null) return null;
    const now = this.#options.clock.now();
    const equal = this.#cases
      .waiting()
      .find(
        ({ request }) =>
          (this.#cases.isHeld || Date.parse(request.expiresAt) - now >= joinableMs) && isEqualAsk(request, ask),
      );
    if (equal === undefined) return null;
    equal.askers += 1;
    equal.interested += 1;
    return equal;
  }

  #askPerson(ask: Ask): Case {
    this.#silence.assertHeard(ask);
    const inbox = placeFor(ask, this.waiting(), this.#silence.isRenamed(ask));
    const entry = this.#take(ask, inbox === null ? 'prompt' : 'inbox', inbox);
    this.#cases.open(entry);
    return entry;
  }

  /** Writes down that it was asked. */
  #take(ask: Ask, way: AskWay, inbox: AccessRequest['inbox'] = null): Case {
    const { registry, clock } = this.#options;
    const { demand, channel, process } = ask;
    const entry = caseOf(composeRequest(ask, inbox, this.#options));
    const detail = {
      ...{ channel, purpose: demand.purpose, way, ...processDetail(process) },
      ...(entry.request.unusual.length === 0 ? {} : { unusual: entry.request.unusual }),
    };
    registry.transaction(() => {
      registry.audit.append(factOf('access-requested', entry, { actor: 'client', detail }), clock.now());
      this.#history.asked(entry.request, way);
    });
    if (way !== 'prompt' && way !== 'inbox') this.#cases.keep(entry);
    return entry;
  }

  #grant(
    entry: Case,
    terms: GrantTerms,
    by: { readonly actor: Actor; readonly detail: Record<string, unknown>; readonly keepAs: Approval | null },
  ): Grant {
    const { registry, grants, clock } = this.#options;
    const { request } = entry;
    const { actor, keepAs } = by;
    const granted = registry.transaction(() => {
      const { id: requestId, tool, purpose, process, binding = null } = request;
      const made = grants.insert({ requestId, tool, purpose, process, binding, terms, approvedBy: actor });
      const detail = { grantId: made.id, ...termsDetail(terms), ...by.detail };
      registry.audit.append(factOf('access-granted', entry, { actor, detail }), clock.now());
      this.#history.granted(requestId, terms);
      if (keepAs !== null) {
        const isAnywhere = keepAs.anyFolder === true;
        createStandingPolicy(this.#options, { effect: 'allow', request, terms, actor, isAnywhere });
      }
      return made;
    });
    grants.activate(granted);
    this.#cases.settle(entry, { outcome: 'granted', grant: granted });
    return granted;
  }

  /** A no holds even when it can't be written down: it is given first. */
  #deny(entry: Case, by: { readonly always: boolean; readonly actor: Actor }): void {
    const { request } = entry;
    const { actor } = by;
    this.#cases.settle(entry, { outcome: 'denied', by: actor });
    this.#note('access-denied', entry, { actor });
    this.#history.ended(request.id, actor === 'client' ? 'withdrawn' : 'denied');
    if (by.always)
      createStandingPolicy(this.#options, { effect: 'deny', request, terms: request, actor, isAnywhere: false });
  }

  #expire(entry: Case): void {
    this.#cases.settle(entry, { outcome: 'expired' });
    this.#note('access-expired', entry, { actor: 'timeout' });
    this.#history.ended(entry.request.id, 'expired');
  }

  #note(event: AccessEvent, entry: Case, by: ActorAndDetail): void {
    this.#options.recorder.record(factOf(event, entry, by));
  }
}

function factOf(event: AccessEvent, { request }: Case, { actor, detail }: ActorAndDetail): AuditFact {
  const { id, tool, scopes } = request;
  return { event, actor, subject: id, detail: { tool, scopes, ...detail } };
}

function assertConfirmed(request: AccessRequest, approval: Approval, actor: Actor): void {
  if (request.confirmation === null || typedTheCode.has(actor)) return;
  if (approval.confirmation !== request.confirmation) throw new TollkeeperError('confirmation_required');
}

function assertVouched(request: AccessRequest, approval: Approval): void {
  if (approval.always !== true || request.process?.verified === true) return;
  throw new TollkeeperError(
    'invalid_request',
    'Always would hold for every program that uses this name, because the system does not vouch for this one. Allow it once, or add a policy.',
  );
}
