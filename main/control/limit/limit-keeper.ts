import type { AuditFact } from '#main/store/audit/audit-log.ts';
import type { Ledger } from '#main/store/ledger/ledger.ts';
import type { LimitRecord, Registry } from '#main/store/registry/registry.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { type LimitDraft, type LimitLease, type LimitStatus, limitKey, usualWarnings } from '#shared/model/limit.ts';
import type { RunningRequest } from '#shared/model/usage.ts';
import type { UsageGroup } from '#shared/model/usage-group.ts';
import { localCalendar } from '#shared/policy/calendar.ts';
import { LimitBook } from '#shared/policy/limit-book.ts';
import type { LimitReading, Moment } from '#shared/policy/limit-call.ts';
import type { JointSave } from '../core/joint-save.ts';
import { createIdentifier } from '../identifier.ts';
import { budgetPercent, highestReached, warningFact } from './budget-warning.ts';
import { limitStatus } from './limit-status.ts';
import { firstWindow, readLease } from './read-lease.ts';

/** What the keeper is made from. */
export interface LimitKeeperOptions {
  readonly registry: Pick<Registry, 'limits' | 'credentials' | 'audit' | 'transaction'>;
  readonly ledger: Pick<Ledger, 'spent'>;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  /** Where warnings and what must outlive the ledger's rows are written down. */
  readonly books: JointSave;
  /** How limits stand has changed. */
  readonly onChange: () => void;
  /** What the gateway has to know has changed. */
  readonly pushSnapshot: () => void;
}

/** How often a new limit's past is summed again because calls ended meanwhile; after that those may count twice until the next start. */
const countAttempts = 4;

/** The standing limits, what ended calls used of each, and which warnings were given. The gateway enforces them. */
export class LimitKeeper {
  readonly #options: LimitKeeperOptions;
  readonly #book = new LimitBook(localCalendar);
  #records: ReadonlyMap<string, LimitRecord>;
  #settledCalls = 0;
  #isStale = false;

  /** Call `load` before anything else. */
  constructor(options: LimitKeeperOptions) {
    this.#options = options;
    this.#records = new Map(options.registry.limits.list().map((record) => [record.id, record]));
    options.books.add(() => this.#writeUnsaved());
  }

  /** Takes from the ledger what was used of each. */
  async load(): Promise<void> {
    const leases = await Promise.all([...this.#records.values()].map((record) => this.#readLease(record)));
    this.#book.apply(leases, this.#now());
  }

  /** Oldest first. `running` are the calls in flight. */
  list(running: readonly RunningRequest[]): readonly LimitStatus[] {
    const readings = this.#readings();
    return [...this.#records.values()].flatMap((record) => {
      const reading = readings.get(record.id);
      return reading === undefined ? [] : [limitStatus(upToDate(record, reading), reading, running)];
    });
  }

  /** What the gateway has to know. */
  leases(): readonly LimitLease[] {
    const readings = this.#readings();
    return [...this.#records.values()].flatMap(({ id, subject, rule }) => {
      const window = readings.get(id)?.window;
      return window === undefined ? [] : [{ id, subject, rule, window }];
    });
  }

  /** Makes it, or changes the one of the same subject, kind and period, and warns when it is nearly spent already; returns its id. Rejects with `not_found` for an unknown key. */
  async set(draft: LimitDraft, actor: Actor): Promise<string> {
    const { registry } = this.#options;
    const { subject } = draft;
    if (subject.kind === 'credential' && registry.credentials.find(subject.credentialId) === null)
      throw new TollkeeperError('not_found', `There is no key ${subject.credentialId}. \`toll key list\` shows them.`);
    const known = this.#sameAs(draft);
    const record = known === undefined ? this.#newRecord(draft, actor) : changedRecord(known, draft);
    const fresh = known === undefined ? [await this.#readLease(record)] : [];
    if (known === undefined && this.#sameAs(draft) !== undefined) throw new TollkeeperError('conflict');
    this.#write(record, {
      ...{ event: 'limit-set', actor, subject: record.id },
      detail: { subject, rule: draft.rule, warnAt: record.warnAt },
    });
    this.#changed([...this.leases(), ...fresh]);
    this.#isStale = true;
    this.#options.books.save();
    return record.id;
  }

  /** Throws `not_found`. */
  remove(id: string, actor: Actor): void {
    const { registry, clock } = this.#options;
    const { subject, rule } = this.#find(id);
    registry.transaction(() => {
      registry.limits.remove(id);
      registry.audit.append({ event: 'limit-removed', actor, subject: id, detail: { subject, rule } }, clock.now());
    });
    this.#records = new Map([...this.#records].filter(([known]) => known !== id));
    this.#changed(this.leases());
  }

  /** Adds to the present window. Throws `not_found`, or `invalid_request` for what is no budget with a window. */
  topUp(id: string, amountMicroUsd: number, actor: Actor): void {
    const record = this.#find(id);
    const { subject, rule } = record;
    if (rule.kind !== 'budget' || rule.period === 'request')
      throw new TollkeeperError('invalid_request', `Limit ${id} has no amount that could be added to. Set it anew.`);
    const topUpMicroUsd = record.window.topUpMicroUsd + amountMicroUsd;
    this.#write(
      { ...record, window: { ...record.window, topUpMicroUsd, warnedPercent: null } },
      { event: 'limit-topped-up', actor, subject: id, detail: { subject, amountMicroUsd, topUpMicroUsd } },
    );
    this.#changed(
      this.leases().map((lease) =>
        lease.id === id ? { ...lease, window: { ...lease.window, topUpMicroUsd } } : lease,
      ),
    );
  }

  /** Calls have ended; their rows go to the ledger as well. */
  settled(group: UsageGroup): void {
    this.#settledCalls += group.size;
    if (this.#book.isEmpty) return;
    const { tool, credentialId, outcome } = group.shared;
    const now = this.#now();
    for (let index = 0; index < group.size; index += 1) {
      const costMicroUsd = group.costMicroUsd(index) ?? 0;
      if (outcome === 'denied' && costMicroUsd === 0) continue;
      const call = { tool, credentialId, startedAt: group.startedAt(index) };
      this.#book.count(call, { costMicroUsd, tokens: group.tokens(index) }, now);
      this.#isStale = true;
    }
  }

  /** Inside the common transaction: warns where a share was reached, and writes down what must outlive the ledger's rows. */
  #writeUnsaved(): (() => void) | null {
    if (!this.#isStale) return null;
    const written: LimitRecord[] = [];
    for (const [id, reading] of this.#readings()) {
      const known = this.#records.get(id);
      if (known === undefined || known.rule.kind !== 'budget' || known.rule.period === 'request') continue;
      const record = upToDate(known, reading);
      const percent = highestReached(record.warnAt, budgetPercent(reading));
      const isNewWarning = percent !== null && percent > (record.window.warnedPercent ?? 0);
      const isToBeKept = known.rule.period === 'once' && record.window.usedMicroUsd > known.window.usedMicroUsd;
      if (!isNewWarning && !isToBeKept) continue;
      const next = isNewWarning ? { ...record, window: { ...record.window, warnedPercent: percent } } : record;
      this.#options.registry.limits.put(next);
      if (isNewWarning) this.#options.registry.audit.append(warningFact(next, reading), this.#options.clock.now());
      written.push(next);
    }
    return () => {
      this.#isStale = false;
      this.#records = new Map([...this.#records, ...written.map((record) => [record.id, record] as const)]);
      this.#options.onChange();
    };
  }

  #write(record: LimitRecord, fact: AuditFact): void {
    const { registry, clock } = this.#options;
    registry.transaction(() => {
      registry.limits.put(record);
      registry.audit.append(fact, clock.now());
    });
    this.#records = new Map(this.#records).set(record.id, record);
  }

  #changed(leases: readonly LimitLease[]): void {
    this.#book.apply(leases, this.#now());
    this.#options.onChange();
    this.#options.pushSnapshot();
  }

  async #readLease(record: LimitRecord): Promise<LimitLease> {
    for (let attempt = 1; ; attempt += 1) {
      const before = this.#settledCalls;
      const lease = await readLease(record, this.#options.ledger, this.#options.clock.now());
      if (this.#settledCalls === before || attempt === countAttempts) return lease;
    }
  }

  #newRecord({ subject, rule, warnAt }: LimitDraft, actor: Actor): LimitRecord {
    const now = this.#options.clock.now();
    return {
      ...{ id: createIdentifier('lim', this.#options.random), subject, rule },
      warnAt: [...(warnAt ?? (rule.kind === 'budget' ? usualWarnings : []))],
      createdAt: new Date(now).toISOString(),
      createdBy: actor,
      window: { start: firstWindow(rule, now).start, usedMicroUsd: 0, topUpMicroUsd: 0, warnedPercent: null },
    };
  }

  #sameAs(draft: LimitDraft): LimitRecord | undefined {
    const known = [...this.#records.values()].find((record) => limitKey(record) === limitKey(draft));
    return known === undefined ? undefined : this.#find(known.id);
  }

  #find(id: string): LimitRecord {
    const record = this.#records.get(id);
    if (record === undefined)
      throw new TollkeeperError('not_found', `There is no limit ${id}. \`toll limit list\` shows them.`);
    return upToDate(record, this.#readings().get(id));
  }

  #readings(): ReadonlyMap<string, LimitReading> {
    return new Map(this.#book.read(this.#now()).map((reading) => [reading.id, reading]));
  }

  #now(): Moment {
    return { at: this.#options.clock.now(), monotonic: this.#options.clock.monotonic() };
  }
}

/** The record with what its window has come to; a new window has given no warning yet. */
function upToDate(record: LimitRecord, reading: LimitReading | undefined): LimitRecord {
  if (reading === undefined || record.rule.kind !== 'budget') return record;
  const { start, used, topUpMicroUsd } = reading.window;
  const warnedPercent = record.window.start === start ? record.window.warnedPercent : null;
  return { ...record, window: { start, usedMicroUsd: used, topUpMicroUsd, warnedPercent } };
}

function changedRecord(known: LimitRecord, { rule, warnAt }: LimitDraft): LimitRecord {
  return {
    ...known,
    ...{ rule, warnAt: [...(warnAt ?? known.warnAt)] },
    window: { ...known.window, warnedPercent: null },
  };
}
