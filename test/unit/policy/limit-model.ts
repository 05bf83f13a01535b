import { amountOf, type LimitLease, type LimitRule, type LimitSubject } from '#shared/model/limit.ts';
import type { Calendar } from '#shared/policy/calendar.ts';
import type { LimitDemand, LimitUse, Moment } from '#shared/policy/limit-call.ts';

/** Days of ten seconds and months of four such days, so that a short run sees many of them. */
export const shortCalendar: Calendar = (period, at) => {
  const length = period === 'day' ? 10_000 : period === 'month' ? 40_000 : null;
  if (length === null) return { start: 0, end: null };
  const start = Math.floor(at / length) * length;
  return { start, end: start + length };
};

/** Whose call it is. */
export interface Caller {
  readonly tool: string;
  readonly credentialId: string;
}

interface Window {
  readonly start: number;
  readonly end: number | null;
  /** Used before this limit or this process began. */
  readonly base: number;
  topUp: number;
}

interface Holding {
  /** Null where the call counts in no window. */
  readonly window: Window | null;
  /** Second of the monotonic clock in which a rate counts it. */
  readonly second: number;
  reserved: number;
  readonly tokens: number;
  readonly requests: number;
  readonly streams: number;
}

/** A call as history knows it. */
export interface ModelCall extends Caller {
  readonly startedAt: number;
  /** Null while it runs. */
  use: LimitUse | null;
  /** By limit. */
  readonly holdings: Map<string, Holding>;
}

/** One limit as the model knows it. */
export interface ModelLimit {
  readonly id: string;
  readonly subject: LimitSubject;
  rule: LimitRule;
  window: Window;
}

/** What limits allow, worked out anew from the whole history each time it is asked: slow, and too plain to be wrong in the same way. */
export class LimitModel {
  /** The ledger: what ended, whatever became of the process since. */
  readonly rows: (Caller & LimitUse & { readonly startedAt: number })[] = [];
  limits: ModelLimit[] = [];
  calls: ModelCall[] = [];

  /** What control would tell a new gateway of this limit: what the ledger says of its present window. */
  lease({ id, subject, rule }: Pick<ModelLimit, 'id' | 'subject' | 'rule'>, now: Moment): LimitLease {
    const span = rule.kind === 'budget' ? shortCalendar(rule.period, now.at) : { start: 0, end: null };
    const rows = this.rows.filter((row) => concerns(subject, row) && row.startedAt >= span.start);
    const isCounted = rule.kind === 'budget' && rule.period !== 'request';
    const used = isCounted ? sum(rows, (row) => row.costMicroUsd) : 0;
    return { id, subject, rule, window: { ...span, used, topUpMicroUsd: 0 } };
  }

  add({ id, subject, rule, window: { start, end, used, topUpMicroUsd } }: LimitLease): void {
    this.limits.push({ id, subject, rule, window: { start, end, base: used, topUp: topUpMicroUsd } });
  }

  fits(caller: Caller, demand: LimitDemand, now: Moment): boolean {
    return this.#applying(caller).every((limit) => this.#hasRoom(limit, demand, now));
  }

  begin(caller: Caller, demand: LimitDemand, now: Moment): ModelCall {
    const holdings = this.#applying(caller).map((limit): [string, Holding] => [
      limit.id,
      {
        window: this.#windowOf(limit, now),
        second: secondOf(now),
        reserved: demand.ceilingMicroUsd ?? 0,
        tokens: Math.min(demand.tokens, amountOf(limit.rule)),
        requests: demand.again && limit.subject.kind !== 'credential' ? 0 : 1,
        streams: demand.stream ? 1 : 0,
      },
    ]);
    const call = { ...caller, startedAt: now.at, use: null, holdings: new Map(holdings) };
    this.calls.push(call);
    return call;
  }

  /** True when it may have cost so much by now; then it holds that much. */
  grow(call: ModelCall, cost: number, now: Moment): boolean {
    this.#adopt(call, now);
    const budgets = this.limits.filter((limit) => limit.rule.kind === 'budget' && call.holdings.has(limit.id));
    const hasRoom = budgets.every((limit) => {
      const { window, reserved } = call.holdings.get(limit.id) as Holding;
      const missing = Math.max(0, cost - reserved);
      return window === null || missing === 0 || this.#taken(limit, window, call) + cost <= this.allowed(limit, window);
    });
    if (hasRoom) {
      for (const holding of call.holdings.values()) holding.reserved = Math.max(holding.reserved, cost);
    }
    return hasRoom;
  }

  end(call: ModelCall, use: LimitUse, now: Moment): void {
    this.#adopt(call, now);
    call.use = use;
    this.rows.push({ tool: call.tool, credentialId: call.credentialId, startedAt: call.startedAt, ...use });
  }

  allowed({ rule }: ModelLimit, window: Window): number {
    return amountOf(rule) + window.topUp;
  }

  /** What the book should say of this limit. */
  reading(limit: ModelLimit, now: Moment): { readonly used: number; readonly reserved: number } {
    if (limit.rule.kind === 'concurrent-streams') return { used: this.#streams(limit), reserved: 0 };
    if (limit.rule.kind !== 'budget') return { used: this.#rate(limit, now), reserved: 0 };
    if (limit.rule.period === 'request') return { used: 0, reserved: 0 };
    const window = this.#windowOf(limit, now);
    const used = this.#used(limit, window);
    return { used, reserved: this.#taken(limit, window) - used };
  }

  #applying(caller: Caller): readonly ModelLimit[] {
    return this.limits.filter((limit) => concerns(limit.subject, caller));
  }

  #hasRoom(limit: ModelLimit, demand: LimitDemand, now: Moment): boolean {
    const { rule } = limit;
    switch (rule.kind) {
      case 'budget': {
        const window = this.#windowOf(limit, now);
        if (demand.ceilingMicroUsd === null) return false;
        return (
          demand.ceilingMicroUsd === 0 ||
          this.#taken(limit, window) + demand.ceilingMicroUsd <= this.allowed(limit, window)
        );
      }
      case 'concurrent-streams':
        return !demand.stream || this.#streams(limit) < rule.amount;
      case 'requests-per-minute': {
        const requests = demand.again && limit.subject.kind !== 'credential' ? 0 : 1;
        return this.#rate(limit, now) + requests <= rule.amount;
      }
      default:
        return this.#rate(limit, now) + Math.min(demand.tokens, rule.amount) <= rule.amount;
    }
  }

  /** Each request has a window of its own in a budget for each. */
  #windowOf(limit: ModelLimit, now: Moment): Window {
    if (limit.rule.kind !== 'budget') return limit.window;
    if (limit.rule.period === 'request') return { start: 0, end: null, base: 0, topUp: 0 };
    if (limit.window.end !== null && now.at >= limit.window.end) {
      limit.window = { ...shortCalendar(limit.rule.period, now.at), base: 0, topUp: 0 };
    }
    return limit.window;
  }

  #adopt(call: ModelCall, now: Moment): void {
    for (const limit of this.#applying(call)) {
      if (call.holdings.has(limit.id)) continue;
      const window = this.#windowOf(limit, now);
      call.holdings.set(limit.id, {
        ...{ window: call.startedAt >= window.start ? window : null, second: secondOf(now) },
        ...{ reserved: 0, tokens: 0, requests: 0, streams: 0 },
      });
    }
  }

  #in(limit: ModelLimit, window: Window): readonly ModelCall[] {
    return this.calls.filter((call) => call.holdings.get(limit.id)?.window === window);
  }

  #used(limit: ModelLimit, window: Window): number {
    return window.base + sum(this.#in(limit, window), (call) => call.use?.costMicroUsd ?? 0);
  }

  #taken(limit: ModelLimit, window: Window, except?: ModelCall): number {
    const running = this.#in(limit, window).filter((call) => call.use === null && call !== except);
    return this.#used(limit, window) + sum(running, (call) => call.holdings.get(limit.id)?.reserved ?? 0);
  }

  #streams(limit: ModelLimit): number {
    return sum(this.calls, (call) => (call.use === null ? (call.holdings.get(limit.id)?.streams ?? 0) : 0));
  }

  #rate(limit: ModelLimit, now: Moment): number {
    return sum(this.calls, ({ holdings, use }) => {
      const holding = holdings.get(limit.id);
      if (holding === undefined || holding.second <= secondOf(now) - 61) return 0;
      return limit.rule.kind === 'tokens-per-minute' ? (use?.tokens ?? holding.tokens) : holding.requests;
    });
  }
}

function concerns(subject: LimitSubject, caller: Caller): boolean {
  if (subject.kind === 'everything') return true;
  return subject.kind === 'tool' ? subject.tool === caller.tool : subject.credentialId === caller.credentialId;
}

function secondOf({ monotonic }: Moment): number {
  return Math.floor(monotonic / 1_000);
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
