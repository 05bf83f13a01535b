import type { Registry } from '#main/store/registry/registry.ts';
import type { Actor, Grant } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { type NarrowingWish, narrowGrant } from '#shared/policy/narrow-grant.ts';
import type { JointSave } from '../core/joint-save.ts';
import type { Deadlines } from '../deadlines.ts';
import type { EventRecorder } from '../event-recorder.ts';
import { createIdentifier } from '../identifier.ts';
import { grantWarningFact } from '../limit/budget-warning.ts';
import { entryOf, type GrantEntry, hasUnsaved, isLingering, isNeeded, ownEndings } from './grant-entry.ts';
import { createGrantRecords, type GrantRecords } from './grant-records.ts';
import { createGrantTree, type GrantTree } from './grant-tree.ts';
import { loadGrants } from './load-grants.ts';
import { childOf, type GrantDraft, grantFrom } from './make-grant.ts';
import { assertCanTopUp, toppedUp } from './top-up.ts';

/** What a sub-agent is to get from a living grant. */
export interface HandOn {
  readonly parentGrantId: string;
  /** What the sub-agent calls itself. */
  readonly delegate: string;
  readonly wish: NarrowingWish;
}

/** The living grants, what is left of each, and when each ends. */
export interface GrantBook {
  /** Writes a new grant; to be called inside the transaction that also writes its audit entry. */
  insert(draft: GrantDraft): Grant;
  /** Makes an inserted grant live; to be called once its transaction is committed. */
  activate(grant: Grant): void;
  /**
   * Makes a narrower grant below a living one, and makes it live: what it uses is taken from both, and it ends with the other.
   * Throws `access_denied` when the other has ended, `insufficient_scope`, `token_already_used` or `budget_exceeded` when it does
   * not hold what is wished for, and `conflict` when the tree is too deep or too wide.
   */
  handOn(order: HandOn): Grant;
  /** A grant as it is now, ended ones included; null when there is none. */
  find(id: string): Grant | null;
  /** Living grants, oldest first. */
  active(): readonly Grant[];
  /** Newest first, ended ones included. */
  history(limit: number): readonly Grant[];
  /**
   * Grants the gateway has to know: the living ones, spent ones until they would have expired (so that it can say that they
   * are spent), and expired ones whose last request still runs.
   */
  leased(): readonly Grant[];
  /**
   * Adds to its budget, and brings it back when it had ended because that was spent. Throws `not_found` for one that is over, and
   * `conflict` for one without a budget or without uses.
   */
  topUp(id: string, amountMicroUsd: number, actor: Actor): Grant;
  /**
   * Ends it and all that stems from it at once, whether or not that can be written down now. False when it had already ended and
   * nothing of it was left.
   */
  end(id: string, endedBy: string, actor: Actor): boolean;
  /** Ends all that stems from it, and not itself; returns how many were alive. */
  endHandedOn(id: string): number;
  /** Ends all that `which` names, and what stems from them; returns how many were alive. */
  endAll(endedBy: string, actor: Actor, which?: (grant: Grant) => boolean): number;
  /** A request of this grant was let through, or so many: one use each, of it and of all it stems from. */
  requestOpened(id: string, requests?: number): void;
  /** It ended and cost so much, in micro-dollars; or so many ended and cost that together. */
  requestSettled(id: string, costMicroUsd: number, requests?: number): void;
  /** Writes down what was used since the last time; what can't be written is kept for the next time. */
  save(): void;
}

/** What the book is made from. */
export interface GrantBookOptions {
  readonly registry: Pick<Registry, 'grants' | 'audit' | 'transaction'>;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly random: (bytes: number) => Uint8Array;
  /** Where the book writes down what it counted; {@link GrantBook.save} writes everything in it. */
  readonly books: JointSave;
  /** Takes a budget's warnings. */
  readonly recorder: Pick<EventRecorder, 'record'>;
  /** Called after every change of what the gateway has to know. */
  readonly onChange: () => void;
}

/** Reads the living grants back and watches their ends. */
export function createGrantBook(options: GrantBookOptions): GrantBook {
  return new Book(options);
}

class Book implements GrantBook {
  readonly #options: GrantBookOptions;
  readonly #entries = new Map<string, GrantEntry>();
  readonly #tree: GrantTree;
  readonly #records: GrantRecords;

  constructor(options: GrantBookOptions) {
    const { registry, clock, books } = options;
    this.#options = options;
    this.#tree = createGrantTree(this.#entries, registry);
    this.#records = createGrantRecords({
      ...{ registry, clock, books, entries: this.#entries },
      onWritten: (entry) => this.#drop(entry),
    });
    for (const { grant, lifetimeMs } of loadGrants(registry, clock)) this.#track(grant, lifetimeMs);
  }

  insert(draft: GrantDraft): Grant {
    const { registry, clock, random } = this.#options;
    const grant = grantFrom(draft, clock.now(), createIdentifier('grant', random));
    registry.grants.insert(grant);
    return grant;
  }

  activate(grant: Grant): void {
    this.#track(grant, Date.parse(grant.expiresAt) - this.#options.clock.now());
    this.#options.onChange();
  }

  handOn({ parentGrantId, delegate, wish }: HandOn): Grant {
    const { registry, clock, random } = this.#options;
    const parent = this.#entries.get(parentGrantId)?.grant;
    if (parent?.status !== 'active') throw new TollkeeperError('access_denied', 'The grant of this token has ended.');
    this.#tree.assertRoomBelow(parentGrantId);
    const now = clock.now();
    const child = childOf(parent, {
      ...{ id: createIdentifier('grant', random), delegate, now },
      terms: narrowGrant(this.#leastOf(parent), wish, now),
    });
    registry.transaction(() => {
      registry.grants.insert(child);
      const { scopes, uses, budgetMicroUsd, expiresAt } = child;
      const detail = { tool: child.tool, delegate, parentGrantId, scopes, uses, budgetMicroUsd, expiresAt };
      registry.audit.append({ event: 'grant-handed-on', actor: 'client', subject: child.id, detail }, now);
    });
    this.activate(child);
    return child;
  }

  find(id: string): Grant | null {
    return this.#entries.get(id)?.grant ?? this.#options.registry.grants.find(id);
  }

  active(): readonly Grant[] {
    return [...this.#entries.values()].map((entry) => entry.grant).filter((grant) => grant.status === 'active');
  }

  history(limit: number): readonly Grant[] {
    return this.#options.registry.grants
      .list({ includeEnded: true, limit })
      .map((grant) => this.#entries.get(grant.id)?.grant ?? grant);
  }

  leased(): readonly Grant[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.grant.status === 'active' || isLingering(entry))
      .map((entry) => entry.grant);
  }

  topUp(id: string, amountMicroUsd: number, actor: Actor): Grant {
    const { registry, clock, onChange } = this.#options;
    const entry = this.#entries.get(id);
    assertCanTopUp(id, entry);
    registry.transaction(() => {
      if (hasUnsaved(entry)) this.#records.write(entry);
      const detail = { tool: entry.grant.tool, amountMicroUsd };
      registry.grants.topUp(id, amountMicroUsd);
      registry.audit.append({ event: 'grant-topped-up', actor, subject: id, detail }, clock.now());
    });
    entry.unsaved = { uses: 0, costMicroUsd: 0 };
    entry.unrecorded = null;
    entry.grant = toppedUp(entry.grant, amountMicroUsd);
    onChange();
    return entry.grant;
  }

  end(id: string, endedBy: string, actor: Actor): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    const hasEnded = this.#endEntry(entry, endedBy, actor);
    this.#endBelow(entry, ownEndings.parentEnded);
    this.#records.save();
    return hasEnded;
  }

  endHandedOn(id: string): number {
    const entry = this.#entries.get(id);
    const before = this.active().length;
    if (entry !== undefined) this.#endBelow(entry, ownEndings.parentEnded);
    this.#records.save();
    return before - this.active().length;
  }

  endAll(endedBy: string, actor: Actor, which: (grant: Grant) => boolean = () => true): number {
    const chosen = [...this.#entries.values()].filter((entry) => which(entry.grant));
    const before = this.active().length;
    for (const entry of chosen) this.#endEntry(entry, endedBy, actor);
    for (const entry of chosen) this.#endBelow(entry, ownEndings.parentEnded);
    this.#records.save();
    return before - this.active().length;
  }

  requestOpened(id: string, requests = 1): void {
    for (const entry of this.#tree.chain(id)) {
      entry.running += requests;
      entry.unsaved.uses += requests;
      const { usesLeft } = entry.grant;
      if (usesLeft !== null) entry.grant = { ...entry.grant, usesLeft: less(usesLeft, requests) };
    }
  }

  requestSettled(id: string, costMicroUsd: number, requests = 1): void {
    for (const entry of this.#tree.chain(id)) {
      entry.running = Math.max(0, entry.running - requests);
      entry.unsaved.costMicroUsd += costMicroUsd;
      const before = entry.grant;
      entry.grant = {
        ...before,
        spentMicroUsd: before.spentMicroUsd + costMicroUsd,
        budgetLeftMicroUsd: less(before.budgetLeftMicroUsd, costMicroUsd),
      };
      const warning = grantWarningFact(before, entry.grant);
      if (warning !== null) this.#options.recorder.record(warning);
      this.#settleSpent(entry);
    }
  }

  save(): void {
    this.#records.save();
  }

  #track(grant: Grant, lifetimeMs: number): void {
    const entry = entryOf(grant);
    this.#entries.set(grant.id, entry);
    entry.deadline = this.#options.deadlines.after(lifetimeMs, () => this.#expire(entry));
  }

  #expire(entry: GrantEntry): void {
    entry.deadline = null;
    if (entry.grant.status === 'active') this.#finish(entry, ownEndings.expired, 'system');
    else this.#options.onChange();
    this.#endBelow(entry, ownEndings.expired);
    this.#records.save();
    this.#drop(entry);
  }

  /** Forgets an ended grant as soon as nothing needs it any more. */
  #drop(entry: GrantEntry): void {
    if (!isNeeded(entry)) this.#entries.delete(entry.grant.id);
  }

  #finish(entry: GrantEntry, endedBy: string, actor: Actor): void {
    const endedAt = new Date(this.#options.clock.now()).toISOString();
    entry.grant = { ...entry.grant, status: 'ended', endedAt, endedBy };
    entry.unrecorded = { endedAt, endedBy, actor };
    if (endedBy !== ownEndings.spent) this.#stopWatching(entry);
    this.#options.onChange();
  }

  #stopWatching(entry: GrantEntry): void {
    entry.deadline?.cancel();
    entry.deadline = null;
  }

  /** A spent grant stays above its living sub-agents: each call of theirs is refused, and a top-up serves them again. */
  #settleSpent(entry: GrantEntry): void {
    const { grant } = entry;
    const isSpent = grant.usesLeft === 0 || grant.budgetLeftMicroUsd === 0;
    if (grant.status !== 'active' || !isSpent || entry.running > 0) return;
    this.#finish(entry, ownEndings.spent, 'system');
    this.#records.save();
  }

  #endBelow(entry: GrantEntry, endedBy: string): void {
    for (const below of this.#tree.descendants(entry.grant.id)) this.#endEntry(below, endedBy, 'system');
  }

  #endEntry(entry: GrantEntry, endedBy: string, actor: Actor): boolean {
    if (entry.grant.status === 'active') {
      this.#finish(entry, endedBy, actor);
      return true;
    }
    if (!isLingering(entry) || endedBy === ownEndings.expired) return false;
    this.#stopWatching(entry);
    entry.grant = { ...entry.grant, endedBy };
    this.#options.onChange();
    this.#drop(entry);
    return true;
  }

  /** The grant with no more left than the least that any grant above it has. */
  #leastOf(grant: Grant): Grant {
    const chain = this.#tree.chain(grant.id).map((entry) => entry.grant);
    return {
      ...grant,
      usesLeft: leastOf(chain.map(({ usesLeft }) => usesLeft)),
      budgetLeftMicroUsd: leastOf(chain.map(({ budgetLeftMicroUsd }) => budgetLeftMicroUsd)),
    };
  }
}

function less(left: number | null, amount: number): number | null {
  return left === null ? null : Math.max(0, left - amount);
}

function leastOf(amounts: readonly (number | null)[]): number | null {
  const limits = amounts.filter((amount) => amount !== null);
  return limits.length === 0 ? null : Math.min(...limits);
}
