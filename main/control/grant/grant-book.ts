import type { Registry } from '#main/store/registry/registry.ts';
import type { Actor, Grant } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import type { GrantTerms } from '#shared/policy/narrow-approval.ts';
import type { JointSave } from '../core/joint-save.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';
import type { EventRecorder } from '../event-recorder.ts';
import { createIdentifier } from '../identifier.ts';
import { grantWarningFact } from '../limit/budget-warning.ts';

/** What a new grant is made from. */
export interface GrantDraft {
  readonly requestId: string;
  readonly tool: string;
  readonly purpose: string | null;
  readonly process: PeerProcess | null;
  readonly terms: GrantTerms;
  readonly approvedBy: Actor;
}

/** The living grants, what is left of each, and when each ends. */
export interface GrantBook {
  /** Writes a new grant; to be called inside the transaction that also writes its audit entry. */
  insert(draft: GrantDraft): Grant;
  /** Makes an inserted grant live; to be called once its transaction is committed. */
  activate(grant: Grant): void;
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
  /** Ends it at once, whether or not that can be written down now. False when it had already ended and nothing of it was left. */
  end(id: string, endedBy: string, actor: Actor): boolean;
  /** Ends all that `which` names; returns how many were alive. */
  endAll(endedBy: string, actor: Actor, which?: (grant: Grant) => boolean): number;
  /** A request of this grant was let through: one use. */
  requestOpened(id: string): void;
  /** It ended and cost so much, in micro-dollars. */
  requestSettled(id: string, costMicroUsd: number): void;
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

interface Entry {
  grant: Grant;
  deadline: Deadline | null;
  running: number;
  unsaved: { uses: number; costMicroUsd: number };
  unrecorded: { readonly endedAt: string; readonly endedBy: string; readonly actor: Actor } | null;
}

const spent = 'spent';
const expired = 'expired';
const historyOnLoad = 500;

/** Reads the living grants back and watches their ends. */
export function createGrantBook(options: GrantBookOptions): GrantBook {
  const { registry, clock, deadlines } = options;
  const entries = new Map<string, Entry>();

  function track(grant: Grant, lifetimeMs: number): void {
    const entry: Entry = { grant, deadline: null, running: 0, unsaved: { uses: 0, costMicroUsd: 0 }, unrecorded: null };
    entries.set(grant.id, entry);
    entry.deadline = deadlines.after(lifetimeMs, () => expire(entry));
  }

  function expire(entry: Entry): void {
    entry.deadline = null;
    if (entry.grant.status === 'active') finish(entry, expired, 'system');
    else options.onChange();
    drop(entry);
  }

  /** Forgets an ended grant as soon as nothing needs it any more. */
  function drop(entry: Entry): void {
    const isNeeded = entry.grant.status === 'active' || entry.running > 0 || entry.deadline !== null;
    if (!isNeeded && !hasUnsaved(entry)) entries.delete(entry.grant.id);
  }

  function finish(entry: Entry, endedBy: string, actor: Actor): void {
    const endedAt = new Date(clock.now()).toISOString();
    entry.grant = { ...entry.grant, status: 'ended', endedAt, endedBy };
    entry.unrecorded = { endedAt, endedBy, actor };
    if (endedBy !== spent) {
      entry.deadline?.cancel();
      entry.deadline = null;
    }
    options.onChange();
    save();
  }

  function settleSpent(entry: Entry): void {
    const { grant } = entry;
    const isSpent = grant.usesLeft === 0 || grant.budgetLeftMicroUsd === 0;
    if (grant.status === 'active' && isSpent && entry.running === 0) finish(entry, spent, 'system');
  }

  function hasUnsaved({ unsaved, unrecorded }: Entry): boolean {
    return unrecorded !== null || unsaved.uses > 0 || unsaved.costMicroUsd > 0;
  }

  function write({ grant, unsaved, unrecorded }: Entry): void {
    if (unsaved.uses > 0 || unsaved.costMicroUsd > 0) registry.grants.charge(grant.id, unsaved);
    if (unrecorded === null || !registry.grants.end(grant.id, unrecorded)) return;
    registry.audit.append(
      {
        event: 'grant-ended',
        actor: unrecorded.actor,
        subject: grant.id,
        detail: { tool: grant.tool, endedBy: unrecorded.endedBy },
      },
      clock.now(),
    );
  }

  function writeUnsaved(): (() => void) | null {
    const written = [...entries.values()].filter(hasUnsaved);
    if (written.length === 0) return null;
    for (const entry of written) write(entry);
    return () => {
      for (const entry of written) {
        entry.unsaved = { uses: 0, costMicroUsd: 0 };
        entry.unrecorded = null;
        drop(entry);
      }
    };
  }

  function save(): void {
    options.books.save();
  }

  options.books.add(writeUnsaved);
  load(registry, clock, track);
  return {
    insert(draft) {
      const grant = grantFrom(draft, clock.now(), createIdentifier('grant', options.random));
      registry.grants.insert(grant);
      return grant;
    },
    activate(grant) {
      track(grant, Date.parse(grant.expiresAt) - clock.now());
      options.onChange();
    },
    find: (id) => entries.get(id)?.grant ?? registry.grants.find(id),
    active: () => [...entries.values()].map((entry) => entry.grant).filter((grant) => grant.status === 'active'),
    history: (limit) =>
      registry.grants.list({ includeEnded: true, limit }).map((grant) => entries.get(grant.id)?.grant ?? grant),
    leased: () =>
      [...entries.values()]
        .filter((entry) => entry.grant.status === 'active' || isLingering(entry))
        .map((entry) => entry.grant),
    topUp(id, amountMicroUsd, actor) {
      const entry = entries.get(id);
      assertCanTopUp(id, entry);
      registry.transaction(() => {
        if (hasUnsaved(entry)) write(entry);
        const detail = { tool: entry.grant.tool, amountMicroUsd };
        registry.grants.topUp(id, amountMicroUsd);
        registry.audit.append({ event: 'grant-topped-up', actor, subject: id, detail }, clock.now());
      });
      entry.unsaved = { uses: 0, costMicroUsd: 0 };
      entry.unrecorded = null;
      entry.grant = toppedUp(entry.grant, amountMicroUsd);
      options.onChange();
      return entry.grant;
    },
    end(id, endedBy, actor) {
      const entry = entries.get(id);
      if (entry === undefined) return false;
      return endEntry(entry, endedBy, actor);
    },
    endAll(endedBy, actor, which = () => true) {
      const chosen = [...entries.values()].filter((entry) => which(entry.grant));
      const alive = chosen.filter((entry) => entry.grant.status === 'active').length;
      for (const entry of chosen) endEntry(entry, endedBy, actor);
      return alive;
    },
    requestOpened(id) {
      const entry = entries.get(id);
      if (entry === undefined) return;
      entry.running += 1;
      entry.unsaved.uses += 1;
      const { usesLeft } = entry.grant;
      if (usesLeft !== null) entry.grant = { ...entry.grant, usesLeft: less(usesLeft, 1) };
    },
    requestSettled(id, costMicroUsd) {
      const entry = entries.get(id);
      if (entry === undefined) return;
      entry.running = Math.max(0, entry.running - 1);
      entry.unsaved.costMicroUsd += costMicroUsd;
      const before = entry.grant;
      entry.grant = {
        ...entry.grant,
        spentMicroUsd: entry.grant.spentMicroUsd + costMicroUsd,
        budgetLeftMicroUsd: less(entry.grant.budgetLeftMicroUsd, costMicroUsd),
      };
      const warning = grantWarningFact(before, entry.grant);
      if (warning !== null) options.recorder.record(warning);
      settleSpent(entry);
    },
    save,
  };

  function endEntry(entry: Entry, endedBy: string, actor: Actor): boolean {
    if (entry.grant.status === 'active') {
      finish(entry, endedBy, actor);
      drop(entry);
      return true;
    }
    if (!isLingering(entry)) return false;
    entry.deadline?.cancel();
    entry.deadline = null;
    entry.grant = { ...entry.grant, endedBy };
    options.onChange();
    drop(entry);
    return true;
  }
}

/** Ended, but the gateway still has to know it; see {@link GrantBook.leased}. */
function isLingering(entry: Entry): boolean {
  if (entry.grant.status === 'active') return false;
  if (entry.grant.endedBy === spent) return entry.deadline !== null;
  return entry.grant.endedBy === expired && entry.running > 0;
}

/**
 * A grant lives for what is left of its time, and never longer than its whole lifetime from now, whatever the wall clock says:
 * one that claims to be made in the future was made before the clock was set back, and has expired.
 */
function load(
  registry: GrantBookOptions['registry'],
  clock: Clock,
  track: (grant: Grant, lifetimeMs: number) => void,
): void {
  const now = clock.now();
  const known = registry.grants.list();
  const lingering = registry.grants
    .list({ includeEnded: true, limit: historyOnLoad })
    .filter((grant) => grant.endedBy === spent && Date.parse(grant.expiresAt) > now);
  for (const grant of [...known, ...lingering]) {
    const isFromTheFuture = Date.parse(grant.createdAt) > now + 60_000;
    track(grant, isFromTheFuture ? 0 : Date.parse(grant.expiresAt) - now);
  }
}

function grantFrom(draft: GrantDraft, now: number, id: string): Grant {
  const { terms } = draft;
  return {
    id,
    requestId: draft.requestId,
    tool: draft.tool,
    scopes: [...terms.scopes],
    status: 'active',
    createdAt: new Date(now).toISOString(),
    expiresAt: new Date(now + terms.ttlSeconds * 1_000).toISOString(),
    endedAt: null,
    endedBy: null,
    uses: terms.uses,
    usesLeft: terms.uses,
    budgetMicroUsd: terms.budgetMicroUsd,
    budgetLeftMicroUsd: terms.budgetMicroUsd,
    spentMicroUsd: 0,
    untilLock: terms.untilLock,
    purpose: draft.purpose,
    process: draft.process,
    approvedBy: draft.approvedBy,
  };
}

function assertCanTopUp(id: string, entry: Entry | undefined): asserts entry is Entry {
  const isLive = entry !== undefined && (entry.grant.status === 'active' || entry.grant.endedBy === spent);
  if (!isLive || entry.deadline === null)
    throw new TollkeeperError('not_found', `There is no living grant ${id}. \`toll grants --active\` shows them.`);
  if (entry.grant.budgetMicroUsd === null)
    throw new TollkeeperError('conflict', `Grant ${id} has no budget that could be added to.`);
  if (entry.grant.usesLeft === 0) throw new TollkeeperError('conflict', `Grant ${id} has no uses left.`);
}

function toppedUp(grant: Grant, amountMicroUsd: number): Grant {
  const budgetMicroUsd = (grant.budgetMicroUsd ?? 0) + amountMicroUsd;
  return {
    ...grant,
    ...{ status: 'active', endedAt: null, endedBy: null, budgetMicroUsd },
    budgetLeftMicroUsd: Math.max(0, budgetMicroUsd - grant.spentMicroUsd),
  };
}

function less(left: number | null, amount: number): number | null {
  return left === null ? null : Math.max(0, left - amount);
}
