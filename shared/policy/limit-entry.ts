import { amountOf, type LimitLease, type LimitRule } from '../model/limit.ts';
import type { Calendar } from './calendar.ts';
import { describeRule, describeSubject, dollars, localMinute } from './describe-limit.ts';
import type { LimitCall, LimitDemand, LimitReading, LimitRefusal, LimitUse, Moment } from './limit-call.ts';
import { MinuteWindow } from './minute-window.ts';

/** What one limit holds for one call. */
export interface HeldPart {
  /** Makes room for a cost of so many micro-dollars; null when there is, else why not. Nothing is taken before `grow`. */
  refuseGrowth(costMicroUsd: number, moment: Moment): LimitRefusal | null;
  /** Takes the room that `refuseGrowth` found. */
  grow(costMicroUsd: number): void;
  /** Replaces what was held by what was used. */
  settle(use: LimitUse, moment: Moment): void;
}

/** One limit and its counts. */
export interface LimitEntry {
  readonly lease: LimitLease;
  /** Takes a changed amount or top-up. Counts stay, unless the lease knows of more: what ended while the limit was on its way here. */
  renew(lease: LimitLease, moment: Moment): void;
  /** Null when the call fits now. */
  refuse(demand: LimitDemand, moment: Moment): LimitRefusal | null;
  /** Sets aside what the call may use; null when nothing of it concerns this limit. To be called after `refuse` said null, with nothing between. */
  hold(demand: LimitDemand, moment: Moment): HeldPart | null;
  /** A call that held nothing here because it began before this limit was set; null when it does not count. */
  adopt(call: LimitCall, moment: Moment): HeldPart | null;
  /** Counts a call that ended elsewhere. */
  count(call: LimitCall, use: LimitUse, moment: Moment): void;
  read(moment: Moment): LimitReading;
}

/** Makes the entry of a lease. */
export function createLimitEntry(lease: LimitLease, calendar: Calendar, moment: Moment): LimitEntry {
  const { rule } = lease;
  switch (rule.kind) {
    case 'budget':
      return new BudgetEntry(lease, rule, calendar);
    case 'concurrent-streams':
      return new StreamEntry(lease);
    default:
      return new RateEntry(lease, rule.kind, moment);
  }
}

type BudgetRule = Extract<LimitRule, { kind: 'budget' }>;

interface BudgetWindow {
  readonly start: number;
  readonly end: number | null;
  used: number;
  reserved: number;
  topUp: number;
}

class BudgetEntry implements LimitEntry {
  lease: LimitLease;
  readonly #calendar: Calendar;
  #rule: BudgetRule;
  #window: BudgetWindow;

  constructor(lease: LimitLease, rule: BudgetRule, calendar: Calendar) {
    const { start, end, used, topUpMicroUsd } = lease.window;
    this.lease = lease;
    this.#rule = rule;
    this.#calendar = calendar;
    this.#window = { start, end, used, reserved: 0, topUp: topUpMicroUsd };
  }

  renew(lease: LimitLease, moment: Moment): void {
    this.lease = lease;
    if (lease.rule.kind === 'budget') {
      this.#rule = lease.rule;
    }
    const window = this.#current(moment.at);
    if (lease.window.start === window.start) {
      window.topUp = lease.window.topUpMicroUsd;
      window.used = Math.max(window.used, lease.window.used);
    }
  }

  refuse(demand: LimitDemand, moment: Moment): LimitRefusal | null {
    if (demand.ceilingMicroUsd === null) {
      return this.#unpriced();
    }
    return this.#refuseAmount(this.#windowFor(moment.at), demand.ceilingMicroUsd, demand.ceilingMicroUsd);
  }

  hold(demand: LimitDemand, moment: Moment): HeldPart {
    const reserved = demand.ceilingMicroUsd ?? 0;
    const window = this.#windowFor(moment.at);
    window.reserved += reserved;
    return this.#part(window, reserved);
  }

  adopt(call: LimitCall, moment: Moment): HeldPart | null {
    const window = this.#windowFor(moment.at);
    return call.startedAt >= window.start ? this.#part(window, 0) : null;
  }

  count(call: LimitCall, { costMicroUsd }: LimitUse, { at }: Moment): void {
    const window = this.#current(at);
    if (this.#rule.period !== 'request' && call.startedAt >= window.start) {
      window.used += costMicroUsd;
    }
  }

  read(moment: Moment): LimitReading {
    const { start, end, used, reserved, topUp } = this.#current(moment.at);
    return {
      id: this.lease.id,
      ...{ allowed: this.#rule.amountMicroUsd + topUp, used, reserved },
      window: { start, end, used, topUpMicroUsd: topUp },
    };
  }

  /** Setting the clock back opens no earlier window again. */
  #current(at: number): BudgetWindow {
    if (this.#window.end !== null && at >= this.#window.end) {
      this.#window = { ...this.#calendar(this.#rule.period, at), used: 0, reserved: 0, topUp: 0 };
    }
    return this.#window;
  }

  /** A budget for each request has a window of its own for each. */
  #windowFor(at: number): BudgetWindow {
    const current = this.#current(at);
    return this.#rule.period === 'request' ? { ...current, used: 0, reserved: 0, topUp: 0 } : current;
  }

  #part(window: BudgetWindow, held: number): HeldPart {
    let reserved = held;
    return {
      refuseGrowth: (cost) => this.#refuseAmount(window, Math.max(0, cost - reserved), cost),
      grow: (cost) => {
        const missing = Math.max(0, cost - reserved);
        reserved += missing;
        window.reserved += missing;
      },
      settle: ({ costMicroUsd }) => {
        window.reserved -= reserved;
        window.used += costMicroUsd;
      },
    };
  }

  /** What costs nothing is never refused. */
  #refuseAmount(window: BudgetWindow, amount: number, whole: number): LimitRefusal | null {
    const allowed = this.#rule.amountMicroUsd + window.topUp;
    if (amount === 0 || amount <= allowed - window.used - window.reserved) {
      return null;
    }
    return {
      limitId: this.lease.id,
      subject: this.lease.subject.kind,
      code: 'budget_exceeded',
      retryAfterMs: null,
      message: `${this.#title()} does not hold this call, which may cost up to ${dollars(whole)}${this.#standing(window)}. Lower its output limit, or raise the budget with \`toll limit set\`${this.#rule.period === 'request' ? '' : ` or \`toll top-up ${this.lease.id}\``}.`,
    };
  }

  #title(): string {
    return `The budget of ${describeRule(this.#rule)} for ${describeSubject(this.lease.subject)}`;
  }

  #standing(window: BudgetWindow): string {
    if (this.#rule.period === 'request') {
      return '';
    }
    const added = window.topUp > 0 ? ` with ${dollars(window.topUp)} added` : '';
    const anew = window.end !== null ? `; it begins anew at ${localMinute(window.end)}` : '';
    return `:${added} ${dollars(window.used)} of it is spent and ${dollars(window.reserved)} set aside for calls that run${anew}`;
  }

  #unpriced(): LimitRefusal {
    return {
      limitId: this.lease.id,
      subject: this.lease.subject.kind,
      code: 'price_unknown',
      retryAfterMs: null,
      message: `What this call may cost can\u2019t be known, so it can\u2019t be made under the budget of ${describeRule(this.#rule)} for ${describeSubject(this.lease.subject)}. Use a model with a known price, or remove the budget with \`toll limit remove\`.`,
    };
  }
}

class RateEntry implements LimitEntry {
  lease: LimitLease;
  readonly #window = new MinuteWindow();
  readonly #counts: 'requests-per-minute' | 'tokens-per-minute';

  constructor(lease: LimitLease, counts: 'requests-per-minute' | 'tokens-per-minute', moment: Moment) {
    this.lease = lease;
    this.#counts = counts;
    this.#window.add(lease.window.used, moment.monotonic);
  }

  renew(lease: LimitLease): void {
    this.lease = lease;
  }

  refuse(demand: LimitDemand, { monotonic }: Moment): LimitRefusal | null {
    const limit = amountOf(this.lease.rule);
    const wait = this.#window.waitFor(this.#amount(demand), limit, monotonic);
    return wait === 0 ? null : rateRefusal(this.lease, wait);
  }

  hold(demand: LimitDemand, { monotonic }: Moment): HeldPart {
    const held = this.#amount(demand);
    const second = this.#window.add(held, monotonic);
    return this.#part(second, held);
  }

  adopt(_call: LimitCall, { monotonic }: Moment): HeldPart {
    return this.#part(this.#window.add(0, monotonic), 0);
  }

  count(_call: LimitCall, { tokens }: LimitUse, { monotonic }: Moment): void {
    this.#window.add(this.#counts === 'tokens-per-minute' ? tokens : 1, monotonic);
  }

  read({ monotonic }: Moment): LimitReading {
    const used = this.#window.used(monotonic);
    return { id: this.lease.id, allowed: amountOf(this.lease.rule), used, reserved: 0, window: { ...open, used } };
  }

  /** A call that alone is larger than the limit waits for an empty minute, because no wait would ever make it fit. */
  #amount(demand: LimitDemand): number {
    if (this.#counts === 'tokens-per-minute') {
      return Math.min(demand.tokens, amountOf(this.lease.rule));
    }
    return demand.again && this.lease.subject.kind !== 'credential' ? 0 : 1;
  }

  #part(second: number, held: number): HeldPart {
    return {
      ...unbounded,
      settle: ({ tokens }, { monotonic }) => {
        if (this.#counts === 'tokens-per-minute') {
          this.#window.correct(second, tokens - held, monotonic);
        }
      },
    };
  }
}

class StreamEntry implements LimitEntry {
  lease: LimitLease;
  #running = 0;

  constructor(lease: LimitLease) {
    this.lease = lease;
  }

  renew(lease: LimitLease): void {
    this.lease = lease;
  }

  refuse(demand: LimitDemand): LimitRefusal | null {
    return demand.stream && this.#running >= amountOf(this.lease.rule) ? rateRefusal(this.lease, null) : null;
  }

  hold(demand: LimitDemand): HeldPart | null {
    if (!demand.stream) {
      return null;
    }
    this.#running += 1;
    return {
      ...unbounded,
      settle: () => {
        this.#running -= 1;
      },
    };
  }

  adopt(): null {
    return null;
  }

  /** What has ended does not run. */
  count(): void {}

  read(): LimitReading {
    const used = this.#running;
    return { id: this.lease.id, allowed: amountOf(this.lease.rule), used, reserved: 0, window: { ...open, used } };
  }
}

const open = { start: 0, end: null, used: 0, topUpMicroUsd: 0 } as const;

const unbounded = { refuseGrowth: () => null, grow: () => undefined } as const;

function rateRefusal({ id, subject, rule }: LimitLease, waitMs: number | null): LimitRefusal {
  const advice =
    waitMs === null ? 'Try again when one of them has ended.' : `Try again in ${Math.ceil(waitMs / 1_000)} s.`;
  return {
    limitId: id,
    subject: subject.kind,
    code: 'rate_limited',
    retryAfterMs: waitMs,
    message: `The limit of ${describeRule(rule)} for ${describeSubject(subject)} is reached. ${advice} \`toll limit list\` shows it.`,
  };
}
