import {
  type AccessRequest,
  answerWindowSeconds,
  deviceCodeSeconds,
  inboxWindowSeconds,
} from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Deadlines } from '../deadlines.ts';
import type { Case, Settlement } from './access-case.ts';

/** How long a decision can be collected, in milliseconds. */
const decisionKeptMs = 10 * 60_000;
/** Time a client needs to collect its token before its device code ends, in milliseconds. */
const collectingMs = 15_000;

/** The requests of the desk: those that wait, each with its deadline, and those whose decision is still to be collected. */
export interface CaseBook {
  /** Takes it in; its time to be answered begins. */
  open(entry: Case): void;
  /** Takes in one that was decided at once. */
  keep(entry: Case): void;
  /** Waiting ones, oldest first. */
  waiting(): readonly Case[];
  peek(id: string): Case | undefined;
  /** By id, or by its code while it waits. Throws `not_found`. */
  find(id: string): Case;
  /** Throws `not_found`, or `conflict` when it was already decided. */
  findWaiting(id: string): Case;
  /** Ends it; its decision can be collected for a while. */
  settle(entry: Case, settlement: Settlement): void;
  readonly isHeld: boolean;
  /** Time stands still for what waits, as long as there is any reason. */
  hold(reason: string): void;
  /** Takes a reason back; after the last one, each gets a whole window. */
  release(reason: string): void;
}

/** What the book is made from. */
export interface CaseBookOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly onExpired: (entry: Case) => void;
  readonly onChange: () => void;
}

/** Opens an empty book. */
export function createCaseBook({ clock, deadlines, onExpired, onChange }: CaseBookOptions): CaseBook {
  const cases = new Map<string, Case>();
  const reasons = new Set<string>();

  function waiting(): readonly Case[] {
    return [...cases.values()].filter((entry) => !entry.isDecided);
  }

  function find(id: string): Case {
    const entry = cases.get(id) ?? waiting().find(({ request }) => request.userCode === id.toUpperCase());
    if (entry === undefined)
      throw new TollkeeperError('not_found', `There is no request ${id}. \`toll requests\` lists those that wait.`);
    return entry;
  }

  function startWindow(entry: Case): void {
    entry.deadline?.cancel();
    entry.deadline = null;
    if (reasons.size > 0) return;
    entry.deadline = deadlines.after(windowOf(entry.request, clock.now()), () => {
      if (!entry.isDecided) onExpired(entry);
    });
  }

  function restart(entry: Case): void {
    const now = clock.now();
    entry.request = { ...entry.request, expiresAt: new Date(now + windowOf(entry.request, now)).toISOString() };
    startWindow(entry);
  }

  return {
    open(entry) {
      cases.set(entry.request.id, entry);
      startWindow(entry);
      onChange();
    },
    keep: (entry) => void cases.set(entry.request.id, entry),
    waiting,
    peek: (id) => cases.get(id),
    find,
    findWaiting(id) {
      const entry = find(id);
      if (entry.isDecided) throw new TollkeeperError('conflict', `Request ${id} was already decided.`);
      return entry;
    },
    settle(entry, settlement) {
      entry.isDecided = true;
      entry.deadline?.cancel();
      entry.deadline = deadlines.after(decisionKeptMs, () => cases.delete(entry.request.id));
      entry.settle(settlement);
      onChange();
    },
    get isHeld() {
      return reasons.size > 0;
    },
    hold(reason) {
      if (reasons.has(reason)) return;
      reasons.add(reason);
      for (const entry of waiting()) startWindow(entry);
      onChange();
    },
    release(reason) {
      if (!reasons.delete(reason) || reasons.size > 0) return;
      for (const entry of waiting()) restart(entry);
      onChange();
    },
  };
}

/**
 * Milliseconds there are to answer from `now`. A code that a client redeems does not wait: a later yes would be a grant that
 * nobody can use.
 */
export function windowOf(
  { channel, createdAt, inbox }: Pick<AccessRequest, 'channel' | 'createdAt' | 'inbox'>,
  now: number,
): number {
  const whole = (inbox === null ? answerWindowSeconds : inboxWindowSeconds) * 1_000;
  if (channel === 'control-socket') return whole;
  const codeEnds = Date.parse(createdAt) + deviceCodeSeconds * 1_000 - collectingMs;
  return Math.max(0, Math.min(whole, codeEnds - now));
}
