import type { LimitLease } from '../model/limit.ts';
import type { Calendar } from './calendar.ts';
import type { LimitCall, LimitDemand, LimitReading, LimitRefusal, LimitUse, Moment } from './limit-call.ts';
import { createLimitEntry, type HeldPart, type LimitEntry } from './limit-entry.ts';

/** What one call has set aside in all limits that apply to it, until it is settled. */
export interface LimitHold {
  readonly call: LimitCall;
  /** By limit; a limit that was set after the call began is added when the call grows or ends. */
  readonly parts: Map<LimitEntry, HeldPart | null>;
}

/**
 * All limits and what is left of each. Reserving is one step over every limit that applies: all of them hold the call, or none
 * has counted it. What ended is counted in the window in which it began, as the ledger counts it. Not for two threads.
 */
export class LimitBook {
  readonly #calendar: Calendar;
  #entries = new Map<string, LimitEntry>();
  #everything: readonly LimitEntry[] = [];
  #byTool = new Map<string, LimitEntry[]>();
  #byCredential = new Map<string, LimitEntry[]>();

  constructor(calendar: Calendar) {
    this.#calendar = calendar;
  }

  /** True when there is no limit, so that nothing else here needs to be asked. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Takes these limits in place of those before. One that is known keeps its counts unless the lease knows of more; one that is new takes the lease's. */
  apply(leases: readonly LimitLease[], moment: Moment): void {
    const entries = new Map<string, LimitEntry>();
    for (const lease of leases) {
      const known = this.#entries.get(lease.id);
      known?.renew(lease, moment);
      entries.set(lease.id, known ?? createLimitEntry(lease, this.#calendar, moment));
    }
    this.#entries = entries;
    this.#everything = [...entries.values()].filter((entry) => entry.lease.subject.kind === 'everything');
    this.#byTool = new Map();
    this.#byCredential = new Map();
    for (const entry of entries.values()) {
      const { subject } = entry.lease;
      if (subject.kind === 'tool') {
        addTo(this.#byTool, subject.tool, entry);
      } else if (subject.kind === 'credential') {
        addTo(this.#byCredential, subject.credentialId, entry);
      }
    }
  }

  /** True when a budget applies to such a call, so that the most it can cost must be known. */
  hasBudget(tool: string | null, credentialId: string | null): boolean {
    return !this.isEmpty && this.#matching(tool, credentialId).some((entry) => entry.lease.rule.kind === 'budget');
  }

  /** Sets aside what the call may use in every limit that applies, or nothing in any and says why. */
  reserve(call: LimitCall, demand: LimitDemand, moment: Moment): LimitHold | LimitRefusal {
    const matching = this.#matching(call.tool, call.credentialId);
    const refusal = worst(matching.map((entry) => entry.refuse(demand, moment)));
    if (refusal !== null) {
      return refusal;
    }
    return { call, parts: new Map(matching.map((entry) => [entry, entry.hold(demand, moment)])) };
  }

  /** Makes room in every budget for a call that has cost so much by now, or in none and says which has no room. A limit that was removed meanwhile has no say. */
  extend(hold: LimitHold, costMicroUsd: number, moment: Moment): LimitRefusal | null {
    this.#adopt(hold, moment);
    const parts = [...hold.parts].filter(([entry]) => this.#entries.get(entry.lease.id) === entry);
    const refusal = worst(parts.map(([, part]) => part?.refuseGrowth(costMicroUsd, moment) ?? null));
    if (refusal === null) {
      for (const [, part] of parts) {
        part?.grow(costMicroUsd);
      }
    }
    return refusal;
  }

  /** Replaces what was set aside by what was used. A second time it does nothing. */
  settle(hold: LimitHold, use: LimitUse, moment: Moment): void {
    this.#adopt(hold, moment);
    for (const [entry, part] of hold.parts) {
      part?.settle(use, moment);
      hold.parts.set(entry, null);
    }
  }

  /** Counts a call that ended and had set nothing aside here, as the rows of a ledger tell of it: into the budgets of its time, and into the rates of this minute. */
  count(call: LimitCall, use: LimitUse, moment: Moment): void {
    for (const entry of this.#matching(call.tool, call.credentialId)) {
      entry.count(call, use, moment);
    }
  }

  /** A call that began when no limit applied to it, or in another process. */
  unheld(call: LimitCall): LimitHold {
    return { call, parts: new Map() };
  }

  /** How each limit stands, in the order in which they were applied. */
  read(moment: Moment): readonly LimitReading[] {
    return [...this.#entries.values()].map((entry) => entry.read(moment));
  }

  #adopt({ call, parts }: LimitHold, moment: Moment): void {
    for (const entry of this.#matching(call.tool, call.credentialId)) {
      if (!parts.has(entry)) {
        parts.set(entry, entry.adopt(call, moment));
      }
    }
  }

  #matching(tool: string | null, credentialId: string | null): readonly LimitEntry[] {
    const ofTool = tool === null ? undefined : this.#byTool.get(tool);
    const ofCredential = credentialId === null ? undefined : this.#byCredential.get(credentialId);
    if (ofTool === undefined && ofCredential === undefined) {
      return this.#everything;
    }
    return [...this.#everything, ...(ofTool ?? []), ...(ofCredential ?? [])];
  }
}

/** True for what {@link LimitBook.reserve} says instead of a hold. */
export function isRefusal(answer: LimitHold | LimitRefusal): answer is LimitRefusal {
  return 'code' in answer;
}

function addTo(index: Map<string, LimitEntry[]>, key: string, entry: LimitEntry): void {
  const known = index.get(key);
  if (known === undefined) {
    index.set(key, [entry]);
  } else {
    known.push(entry);
  }
}

/** Of several refusals the one that another key does not help, and among those the one that waiting helps least. */
function worst(refusals: readonly (LimitRefusal | null)[]): LimitRefusal | null {
  let chosen: LimitRefusal | null = null;
  for (const refusal of refusals) {
    if (refusal !== null && (chosen === null || isWorse(refusal, chosen))) {
      chosen = refusal;
    }
  }
  return chosen;
}

function isWorse(one: LimitRefusal, other: LimitRefusal): boolean {
  const [first, second] = [one, other].map(({ subject }) => subject === 'credential');
  return first === second ? rank(one) > rank(other) : !first;
}

function rank({ code, retryAfterMs }: LimitRefusal): number {
  return code === 'rate_limited' ? (retryAfterMs ?? 0) : Number.POSITIVE_INFINITY;
}
