import type { UsageRecord } from '../model/usage.ts';
import type { UsageGroup } from '../model/usage-group.ts';
import { dollars, localMinute } from './describe-limit.ts';
import { thresholdOf, type WatchSettings } from './watch-settings.ts';
import { counted, quoted, type Sign } from './watch-sign.ts';
import { type Usual, usualOf } from './watch-usual.ts';

/** What one tool did in one hour (of UTC). */
export interface HourSum {
  /** Its beginning, milliseconds since the epoch. */
  readonly at: number;
  /** Calls that were not refused. */
  readonly calls: number;
  readonly costMicroUsd: number;
}

/** A provider's model that a tool has used. */
export interface UsedModel {
  readonly provider: string;
  readonly model: string | null;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How far back a tool's own past goes, in milliseconds. */
export const pastMs = 28 * dayMs;

/** Providers' models remembered of one tool; what comes beyond is no news any more. */
const rememberedModels = 1_000;

interface Judgement {
  readonly calls: Usual | null;
  readonly spend: Usual | null;
}

/** One tool's own past, hour by hour, and what is irregular when held against it. Each call costs the same, however long the past. */
export class ToolPast {
  readonly #tool: string;
  #hours: HourSum[];
  readonly #models: Map<string, Set<string>>;
  #usedModels = 0;
  #hour = { at: Number.NEGATIVE_INFINITY, calls: 0, costMicroUsd: 0 };
  #judgement: Judgement = { calls: null, spend: null };
  readonly #told = new Set<string>();

  /** `hours` in order, without gaps filled. */
  constructor(tool: string, hours: readonly HourSum[], models: readonly UsedModel[]) {
    this.#tool = tool;
    this.#hours = [...hours];
    this.#models = new Map();
    for (const used of models) this.#remember(used);
  }

  /** Takes in calls that were not refused and says what is irregular about them. Of what is as it always was no record is made. */
  count(group: UsageGroup, settings: WatchSettings): readonly Sign[] {
    const signs: Sign[] = [];
    for (let index = 0; index < group.size; index += 1) {
      const at = group.startedAt(index);
      if (!this.#isInHour(at)) signs.push(...this.#enterHour(group.record(index), at, settings));
      if (this.#isNews(group.shared)) signs.push(...this.#meet(group.record(index), at, settings));
      this.#hour.calls += 1;
      this.#hour.costMicroUsd += group.costMicroUsd(index) ?? 0;
      if (this.#isBeyondUsual()) signs.push(...this.#compare(group.record(index), at));
    }
    return signs;
  }

  /** A call that ends after its hour counts in the next one. */
  #isInHour(at: number): boolean {
    return at < this.#hour.at + hourMs && at >= this.#hour.at - hourMs;
  }

  /** Begins the hour that is judged. */
  #enterHour(record: UsageRecord, at: number, settings: WatchSettings): readonly Sign[] {
    const hour = Math.floor(at / hourMs) * hourMs;
    if (this.#hour.calls > 0) this.#hours.push({ ...this.#hour });
    const [resumed, since] = [this.#hours.at(-1), hour - pastMs];
    const isResumed = resumed?.at === hour;
    this.#hours = this.#hours.filter((past) => past.at >= since && past.at < hour);
    this.#hour = isResumed ? { ...resumed } : { at: hour, calls: 0, costMicroUsd: 0 };
    this.#told.clear();
    this.#judgement = this.#judge(settings);
    return isResumed ? [] : this.#lookAtClock(record, at, settings);
  }

  #judge(settings: WatchSettings): Judgement {
    const judge = (
      rule: 'calls-above-usual' | 'spend-above-usual',
      values: readonly number[],
      floorUnit: number,
    ): Usual | null => {
      const usual = usualOf(values, {
        spread: thresholdOf(settings, rule, 'spread'),
        floor: thresholdOf(settings, rule, 'floor') * floorUnit,
      });
      const isKnown =
        this.#isKnownFor(thresholdOf(settings, rule, 'days')) &&
        (usual?.hours ?? 0) >= thresholdOf(settings, rule, 'hours');
      return isKnown ? usual : null;
    };
    return {
      calls: judge(
        'calls-above-usual',
        this.#hours.map(({ calls }) => calls),
        1,
      ),
      spend: judge(
        'spend-above-usual',
        this.#hours.map(({ costMicroUsd }) => costMicroUsd),
        1_000_000,
      ),
    };
  }

  #isKnownFor(days: number): boolean {
    const first = this.#hours[0]?.at ?? this.#hour.at;
    return this.#hour.at - first >= days * dayMs;
  }

  #lookAtClock(record: UsageRecord, at: number, settings: WatchSettings): readonly Sign[] {
    const rule = 'unusual-hour';
    const around = thresholdOf(settings, rule, 'around');
    const starts = this.#hours.map((past) => new Date(past.at));
    const days = new Set(starts.map((start) => start.toDateString())).size;
    if (!this.#isKnownFor(thresholdOf(settings, rule, 'days')) || days < thresholdOf(settings, rule, 'activeDays'))
      return [];
    const used = new Set(starts.map((start) => start.getHours()));
    const now = new Date(at).getHours();
    for (let distance = -around; distance <= around; distance += 1) if (used.has((now + distance + 24) % 24)) return [];
    return [
      this.#sign(record, at, {
        ...{ rule, about: '' },
        sentence: `${quoted(this.#tool)} was used at ${clockHour(now)}, an hour at which it never was.`,
        evidence: [
          { name: 'First call', value: localMinute(at) },
          { name: 'Usual hours', value: describeHours(used) },
          { name: 'Looked at', value: `${counted(days, 'day')} of use in the last four weeks` },
        ],
      }),
    ];
  }

  #isNews({ provider, model, outcome }: Pick<UsageRecord, 'provider' | 'model' | 'outcome'>): boolean {
    if (provider === null || outcome !== 'ok' || this.#usedModels >= rememberedModels) return false;
    const known = this.#models.get(provider);
    return known === undefined || (model !== null && !known.has(model));
  }

  /** First use of a provider or model. */
  #meet(record: UsageRecord, at: number, settings: WatchSettings): readonly Sign[] {
    const { provider, model } = record;
    if (provider === null) return [];
    const rule = this.#models.has(provider) ? 'new-model' : 'new-provider';
    const earlier = [...this.#models].map(([name, models]) => [name, models.size] as const);
    this.#remember({ provider, model });
    const calls = this.#hours.reduce((sum, hour) => sum + hour.calls, this.#hour.calls);
    const isKnown =
      this.#isKnownFor(thresholdOf(settings, rule, 'days')) && calls >= thresholdOf(settings, rule, 'calls');
    if (!isKnown) return [];
    const what = model === null || rule === 'new-provider' ? provider : `${provider}/${model}`;
    return [
      this.#sign(record, at, {
        ...{ rule, about: what },
        sentence: `${quoted(this.#tool)} used ${what} for the first time.`,
        evidence: [
          { name: 'Call', value: `${record.endpoint}${model === null ? '' : ` with ${model}`}` },
          {
            name: 'Used before',
            value: earlier.map(([name, models]) => `${name} (${counted(models, 'model')})`).join(', ') || 'nothing',
          },
          { name: 'Looked at', value: `${counted(calls, 'call')} in the last four weeks` },
        ],
      }),
    ];
  }

  #isBeyondUsual(): boolean {
    const { calls, spend } = this.#judgement;
    return (
      this.#exceeds('calls-above-usual', this.#hour.calls, calls) ||
      this.#exceeds('spend-above-usual', this.#hour.costMicroUsd, spend)
    );
  }

  #compare(record: UsageRecord, at: number): readonly Sign[] {
    const { calls, spend } = this.#judgement;
    const tool = quoted(this.#tool);
    const signs: Sign[] = [];
    if (this.#passes('calls-above-usual', this.#hour.calls, calls)) {
      signs.push(
        this.#sign(record, at, {
          ...{ rule: 'calls-above-usual', about: '' },
          sentence: `${tool} made ${counted(this.#hour.calls, 'call')} within an hour; usually it makes ${Math.round(calls.median).toLocaleString('en-US')}.`,
          evidence: this.#usualFacts(calls, (value) => counted(value, 'call')),
        }),
      );
    }
    if (this.#passes('spend-above-usual', this.#hour.costMicroUsd, spend)) {
      signs.push(
        this.#sign(record, at, {
          ...{ rule: 'spend-above-usual', about: '' },
          sentence: `${tool} spent ${dollars(this.#hour.costMicroUsd)} within an hour; usually it spends ${dollars(spend.median)}.`,
          evidence: this.#usualFacts(spend, dollars),
        }),
      );
    }
    return signs;
  }

  /** True once an hour. */
  #passes(rule: string, value: number, usual: Usual | null): usual is Usual {
    if (!this.#exceeds(rule, value, usual)) return false;
    this.#told.add(rule);
    return true;
  }

  #exceeds(rule: string, value: number, usual: Usual | null): usual is Usual {
    return usual !== null && value > usual.limit && !this.#told.has(rule);
  }

  #usualFacts(usual: Usual, inWords: (value: number) => string): Sign['evidence'] {
    return [
      { name: 'Since', value: localMinute(this.#hour.at) },
      { name: 'Usual hour', value: inWords(usual.median) },
      { name: 'Busy hour', value: inWords(usual.high) },
      { name: 'Told from', value: inWords(usual.limit) },
      { name: 'Looked at', value: `${counted(usual.hours, 'hour')} of use in the last four weeks` },
    ];
  }

  #sign(record: UsageRecord, at: number, sign: Pick<Sign, 'rule' | 'about' | 'sentence' | 'evidence'>): Sign {
    const { requestId, grantId } = record;
    return { ...sign, tool: this.#tool, at, requestId, grantId, auditSequence: null };
  }

  #remember({ provider, model }: UsedModel): void {
    const models = this.#models.get(provider) ?? new Set();
    this.#models.set(provider, models);
    this.#usedModels += 1;
    if (model !== null) models.add(model);
  }
}

function clockHour(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`;
}

/** Hours of the day as spans, such as `08:00 to 18:00, 22:00 to 23:00`. */
function describeHours(used: ReadonlySet<number>): string {
  const spans: { from: number; to: number }[] = [];
  for (const hour of [...used].sort((left, right) => left - right)) {
    const last = spans.at(-1);
    if (last?.to === hour) last.to = hour + 1;
    else spans.push({ from: hour, to: hour + 1 });
  }
  return spans.map(({ from, to }) => `${clockHour(from)} to ${clockHour(to)}`).join(', ');
}
