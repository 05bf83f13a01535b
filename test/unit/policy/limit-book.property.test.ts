import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { amountOf, type LimitLease, type LimitRule, type LimitSubject } from '#shared/model/limit.ts';
import { isRefusal, LimitBook, type LimitHold } from '#shared/policy/limit-book.ts';
import type { LimitDemand, Moment } from '#shared/policy/limit-call.ts';
import { type Caller, LimitModel, type ModelCall, type ModelLimit, shortCalendar } from './limit-model.ts';

vi.setConfig({ testTimeout: 120_000 });

const runs = 10_000;

type Step =
  | { readonly kind: 'reserve'; readonly caller: Caller; readonly demand: LimitDemand }
  | { readonly kind: 'extend'; readonly which: number; readonly by: number }
  | { readonly kind: 'settle'; readonly which: number; readonly percent: number; readonly tokens: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'set-clock'; readonly byMs: number }
  | { readonly kind: 'edit'; readonly which: number; readonly amount: number }
  | { readonly kind: 'top-up'; readonly which: number; readonly amount: number }
  | { readonly kind: 'add'; readonly subject: LimitSubject; readonly rule: LimitRule }
  | { readonly kind: 'remove'; readonly which: number }
  | { readonly kind: 'crash'; readonly shown: boolean };

const which = fc.nat(20);
const callers = fc.record({
  tool: fc.constantFrom('codex', 'claude'),
  credentialId: fc.constantFrom('first', 'second'),
});
const subjects: fc.Arbitrary<LimitSubject> = fc.constantFrom(
  { kind: 'everything' },
  { kind: 'tool', tool: 'codex' },
  { kind: 'credential', credentialId: 'first' },
);
const rules: fc.Arbitrary<LimitRule> = fc.oneof(
  fc.record({
    kind: fc.constant('budget' as const),
    amountMicroUsd: fc.integer({ min: 1, max: 1_000 }),
    period: fc.constantFrom('request' as const, 'day' as const, 'month' as const, 'once' as const),
  }),
  fc.record({
    kind: fc.constantFrom('requests-per-minute' as const, 'tokens-per-minute' as const, 'concurrent-streams' as const),
    amount: fc.integer({ min: 1, max: 12 }),
  }),
);
const demands = fc.record({
  ceilingMicroUsd: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 300 }) }, fc.constant(null)),
  tokens: fc.integer({ min: 0, max: 20 }),
  stream: fc.boolean(),
  again: fc.boolean(),
});
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('reserve' as const), caller: callers, demand: demands }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('extend' as const), which, by: fc.nat(200) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      ...{ which, percent: fc.constantFrom(0, 40, 100), tokens: fc.nat(25) },
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(25_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('set-clock' as const), byMs: fc.integer({ min: -60_000, max: 60_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('edit' as const), which, amount: fc.integer({ min: 1, max: 1_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('top-up' as const), which, amount: fc.integer({ min: 1, max: 300 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('add' as const), subject: subjects, rule: rules }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), shown: fc.boolean() }) },
);

interface Running {
  readonly call: ModelCall;
  readonly hold: LimitHold;
  cost: number;
}

/** One gateway after another, and what happened to them. */
class Run {
  readonly model = new LimitModel();
  book = new LimitBook(shortCalendar);
  running: Running[] = [];
  now: Moment = { at: 1_000_000_000, monotonic: 0 };
  #made = 0;

  do(step: Step): void {
    switch (step.kind) {
      case 'reserve':
        this.#reserve(step.caller, step.demand);
        break;
      case 'extend':
        this.#extend(step.which, step.by);
        break;
      case 'settle':
        this.#settle(step);
        break;
      case 'pass':
        this.now = { at: this.now.at + step.ms, monotonic: this.now.monotonic + step.ms };
        break;
      case 'set-clock':
        this.now = { ...this.now, at: this.now.at + step.byMs };
        break;
      case 'edit':
        this.#change(step.which, (limit) => {
          limit.rule = withAmount(limit.rule, step.amount);
        });
        break;
      case 'top-up':
        this.#change(step.which, (limit) => {
          if (limit.rule.kind === 'budget' && limit.rule.period !== 'request') limit.window.topUp += step.amount;
        });
        break;
      case 'add':
        this.add(step.subject, step.rule);
        break;
      case 'remove':
        this.#remove(step.which);
        break;
      default:
        this.#crash(step.shown);
    }
  }

  add(subject: LimitSubject, rule: LimitRule): void {
    this.#made += 1;
    const lease = this.model.lease({ id: `limit-${this.#made}`, subject, rule }, this.now);
    this.model.add(lease);
    this.#apply([lease]);
  }

  /** What the book says is what the history says, for every limit. */
  check(): void {
    const said = this.book.read(this.now).map(({ id, used, reserved }) => ({ id, used, reserved }));
    const meant = this.model.limits.map((limit) => ({ id: limit.id, ...this.model.reading(limit, this.now) }));
    expect(said).toEqual(meant);
  }

  #reserve(caller: Caller, demand: LimitDemand): void {
    const fits = this.model.fits(caller, demand, this.now);
    const answer = this.book.reserve({ ...caller, startedAt: this.now.at }, demand, this.now);
    expect(!isRefusal(answer)).toBe(fits);
    if (!isRefusal(answer)) {
      this.running.push({ call: this.model.begin(caller, demand, this.now), hold: answer, cost: 0 });
    }
  }

  #extend(index: number, by: number): void {
    const one = this.#pick(this.running, index);
    if (one === undefined) return;
    const cost = one.cost + by;
    const fits = this.model.grow(one.call, cost, this.now);
    const refusal = this.book.extend(one.hold, cost, this.now);
    expect(refusal === null).toBe(fits);
    if (fits) one.cost = cost;
    else this.#end(one, one.cost, 0);
  }

  #settle({ which: index, percent, tokens }: Extract<Step, { kind: 'settle' }>): void {
    const one = this.#pick(this.running, index);
    if (one === undefined) return;
    const reserved = Math.max(0, ...[...one.call.holdings.values()].map((holding) => holding.reserved));
    this.#end(one, Math.max(one.cost, Math.floor((reserved * percent) / 100)), tokens);
  }

  #end(one: Running, costMicroUsd: number, tokens: number): void {
    this.model.end(one.call, { costMicroUsd, tokens }, this.now);
    this.book.settle(one.hold, { costMicroUsd, tokens }, this.now);
    this.book.settle(one.hold, { costMicroUsd, tokens }, this.now);
    this.running = this.running.filter((other) => other !== one);
  }

  /** Every call that ran is charged at what it had shown, or at its ceiling, and a new gateway begins with what the ledger says. */
  #crash(shown: boolean): void {
    for (const { call, cost } of this.running) {
      const reserved = Math.max(0, ...[...call.holdings.values()].map((holding) => holding.reserved));
      this.model.end(call, { costMicroUsd: shown ? cost : reserved, tokens: 0 }, this.now);
    }
    this.running = [];
    const limits = this.model.limits;
    const leases = limits.map((limit) => {
      const lease = this.model.lease(limit, this.now);
      const topUpMicroUsd = lease.window.start === limit.window.start ? limit.window.topUp : 0;
      return { ...lease, window: { ...lease.window, topUpMicroUsd } };
    });
    this.model.calls = [];
    this.model.limits = [];
    for (const lease of leases) this.model.add(lease);
    this.book = new LimitBook(shortCalendar);
    this.book.apply(leases, this.now);
  }

  #change(index: number, change: (limit: ModelLimit) => void): void {
    const limit = this.#pick(this.model.limits, index);
    if (limit === undefined) return;
    this.model.reading(limit, this.now);
    change(limit);
    this.#apply([]);
  }

  #remove(index: number): void {
    const limit = this.#pick(this.model.limits, index);
    this.model.limits = this.model.limits.filter((other) => other !== limit);
    this.#apply([]);
  }

  #apply(fresh: readonly LimitLease[]): void {
    const known = this.model.limits.map(({ id, subject, rule, window }): LimitLease => {
      const { start, end, topUp } = window;
      return (
        fresh.find((lease) => lease.id === id) ?? {
          id,
          subject,
          rule,
          window: { start, end, used: 0, topUpMicroUsd: topUp },
        }
      );
    });
    this.book.apply(known, this.now);
  }

  #pick<T>(items: readonly T[], index: number): T | undefined {
    return items.length === 0 ? undefined : items[index % items.length];
  }
}

function withAmount(rule: LimitRule, amount: number): LimitRule {
  return rule.kind === 'budget' ? { ...rule, amountMicroUsd: amount } : { ...rule, amount: Math.min(amount, 12) };
}

describe('the limits', () => {
  it(`agree with their history in ${runs} random runs: all or none, nothing overspent, nothing leaked`, () => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 5, maxLength: 40 }), (sequence) => {
        const run = new Run();
        run.add({ kind: 'everything' }, { kind: 'budget', amountMicroUsd: 900, period: 'day' });
        for (const step of sequence) {
          run.do(step);
          run.check();
        }
      }),
      { numRuns: runs },
    );
  });

  it('spend no window’s money twice, through crashes and whatever runs at once', () => {
    const standing: readonly (readonly [LimitSubject, LimitRule])[] = [
      [{ kind: 'everything' }, { kind: 'budget', amountMicroUsd: 900, period: 'day' }],
      [
        { kind: 'tool', tool: 'codex' },
        { kind: 'budget', amountMicroUsd: 1_200, period: 'month' },
      ],
      [
        { kind: 'credential', credentialId: 'first' },
        { kind: 'budget', amountMicroUsd: 1_500, period: 'once' },
      ],
    ];
    const lifeSteps = steps.filter(({ kind }) => ['reserve', 'extend', 'settle', 'pass', 'crash'].includes(kind));
    fc.assert(
      fc.property(fc.array(lifeSteps, { minLength: 5, maxLength: 60 }), (sequence) => {
        const run = new Run();
        for (const [subject, rule] of standing) run.add(subject, rule);
        for (const step of sequence) run.do(step);
        run.do({ kind: 'crash', shown: false });
        for (const { subject, rule } of run.model.limits) {
          for (const spent of spentPerWindow(run.model, subject, rule))
            expect(spent).toBeLessThanOrEqual(amountOf(rule));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

function spentPerWindow(model: LimitModel, subject: LimitSubject, rule: LimitRule): readonly number[] {
  const spent = new Map<number, number>();
  for (const row of model.rows) {
    const isConcerned =
      subject.kind === 'everything' ||
      (subject.kind === 'tool' ? subject.tool === row.tool : subject.credentialId === row.credentialId);
    if (!isConcerned || rule.kind !== 'budget') continue;
    const { start } = shortCalendar(rule.period, row.startedAt);
    spent.set(start, (spent.get(start) ?? 0) + row.costMicroUsd);
  }
  return [...spent.values()];
}
