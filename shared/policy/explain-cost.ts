import type { CostExplanation, CostLine } from '../model/explanation.ts';
import { type PriceKind, priceKindSchema, priceUnits, toldPriceVersion } from '../model/price.ts';
import type { Billing } from '../model/provider.ts';
import type { TokenUsage, UsageRecord } from '../model/usage.ts';
import { type Amounts, amountsOf } from './price-amounts.ts';
import { type Rates, ratesFor } from './price-rates.ts';
import { roundSum, sumCosts } from './price-sum.ts';
import { type FoundPrices, percentOf } from './price-usage.ts';

/** What an explanation is made from. */
export interface ExplainCostInput {
  readonly record: UsageRecord;
  /** The prices that the record was priced with; null when they are not known or no longer there. */
  readonly found: FoundPrices | null;
  readonly billing?: Billing | undefined;
  /** True for a server on the user's own machine. */
  readonly local: boolean;
}

const wholePercent = 100;

/**
 * Says how a recorded cost came about: each amount, its price and what it cost, and whether they add up to what is recorded. Works
 * with the same amounts, prices and rounding as pricing does.
 */
export function explainCost(input: ExplainCostInput): CostExplanation {
  const { record } = input;
  const base = {
    requestId: record.requestId,
    provider: record.provider,
    model: record.pricedModel ?? record.model,
    costMicroUsd: record.costMicroUsd,
    priceVersion: record.priceVersion,
    serviceTier: record.serviceTier ?? null,
    estimated: record.estimated ?? false,
  };
  const empty = { lines: [], sumMicroUsd: null, listedAs: null, isWhole: false };
  if (record.priceVersion === toldPriceVersion) {
    return { ...base, ...empty, source: 'told', isWhole: true, notes: [toldNote, ...estimateNotes(record)] };
  }
  if (record.priceVersion === null) {
    return { ...base, ...empty, ...withoutPrice(input) };
  }
  const { found } = input;
  const rates = found === null || found.steps === null ? null : ratesFor(found.steps, record.inputTokens);
  if (found === null || rates === null) {
    return {
      ...base,
      ...empty,
      source: 'unknown',
      notes: [`The prices of “${record.priceVersion}” are no longer here.`],
    };
  }
  return { ...base, source: found.source, listedAs: found.model, ...priced(input, rates) };
}

function priced(
  { record, billing }: ExplainCostInput,
  rates: Rates,
): Pick<CostExplanation, 'lines' | 'sumMicroUsd' | 'isWhole' | 'notes'> {
  const amounts = amountsOf(record, billing?.minimumAudioSeconds);
  const percent = percentOf(record, billing) ?? wholePercent;
  const lines = priceKindSchema.options.flatMap((kind) => lineOf(kind, { amounts, rates, percent }));
  const sum = sumCosts(amounts, rates, percent);
  const isWhole = sum !== null && roundSum(sum) === record.costMicroUsd;
  return {
    lines,
    sumMicroUsd: sum === null ? null : sum.numerator / sum.denominator,
    isWhole,
    notes: [
      ...estimateNotes(record),
      ...tierNotes(record, percent),
      ...minimumNotes(record, billing),
      ...(isWhole ? [] : [otherAttemptsNote]),
    ],
  };
}

function lineOf(
  kind: PriceKind,
  { amounts, rates, percent }: { readonly amounts: Amounts; readonly rates: Rates; readonly percent: number },
): readonly CostLine[] {
  const amount = amounts[kind];
  const priceMicroUsd = rates[kind];
  if (amount === 0 || priceMicroUsd === null || (kind === 'request' && priceMicroUsd === 0)) {
    return [];
  }
  const { title, unit, per } = priceUnits[kind];
  const share = unit === 'token' ? percent : wholePercent;
  const costMicroUsd = (amount * priceMicroUsd * share) / (per * wholePercent);
  return [{ kind, title, amount, unit, priceMicroUsd, per, percent: share, costMicroUsd }];
}

function withoutPrice({ record, local }: ExplainCostInput): Pick<CostExplanation, 'source' | 'isWhole' | 'notes'> {
  if (record.costMicroUsd === null) {
    return { source: 'unknown', isWhole: false, notes: [unknownNote(record), ...estimateNotes(record)] };
  }
  if (record.costMicroUsd === 0) {
    return { source: 'free', isWhole: true, notes: [freeNote(record, local)] };
  }
  return { source: 'reserved', isWhole: false, notes: [reservedNote] };
}

const toldNote = 'The provider told the cost of this call in its answer.';
const reservedNote =
  'What the call cost is not known: no answer told it, or its price is not in the list. What had been set aside in the budget, the most it could cost, was charged.';
const otherAttemptsNote =
  'The recorded cost is not the sum of these lines: it holds what earlier attempts of the same call cost as well.';

function freeNote(record: UsageRecord, local: boolean): string {
  if (record.outcome === 'denied') {
    return 'Nothing was sent to the provider, so nothing was paid.';
  }
  if (local) {
    return 'The server is on this machine, so nothing was paid.';
  }
  return record.status >= 400 ? 'Providers do not charge for a failed call.' : 'This kind of call costs nothing.';
}

function unknownNote(record: UsageRecord): string {
  if (record.serviceTier !== undefined) {
    return `No price is known for the class of service “${record.serviceTier}”.`;
  }
  return `No price is known for ${record.model ?? 'this call'}. \`toll prices set\` gives it one, for calls from then on.`;
}

function estimateNotes(record: UsageRecord): readonly string[] {
  return record.estimated === true
    ? ['The upstream told no usage, or not all of it: tokens were counted here, so the cost is an estimate.']
    : [];
}

function tierNotes({ serviceTier }: UsageRecord, percent: number): readonly string[] {
  return serviceTier === undefined
    ? []
    : [`The answer told the class of service “${serviceTier}”: tokens cost ${percent} % of the list’s prices.`];
}

function minimumNotes({ audioSeconds }: TokenUsage, billing: Billing | undefined): readonly string[] {
  const least = billing?.minimumAudioSeconds ?? 0;
  return audioSeconds !== undefined && audioSeconds < least ? [`Sound is paid for ${least} seconds at least.`] : [];
}
