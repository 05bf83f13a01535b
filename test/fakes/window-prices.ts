import type { IpcOperation } from '#shared/contract/ipc.ts';
import type { OperationInput, OperationOutput } from '#shared/contract/operations.ts';
import type { ChangeTopic } from '#shared/contract/status.ts';
import type { CostLine } from '#shared/model/explanation.ts';
import { type OwnPrice, type PriceKind, priceUnits } from '#shared/model/price.ts';
import type { UsageRecord } from '#shared/model/usage.ts';

const version = 'genai-prices 0.1.8 (2026-11-12)';
const prices: Partial<Record<PriceKind, number>> = { input: 1_250_000, cachedInput: 125_000, output: 10_000_000 };

function lineOf(kind: PriceKind, amount: number): CostLine {
  const { title, unit, per } = priceUnits[kind];
  const priceMicroUsd = prices[kind] ?? 0;
  return { kind, title, amount, unit, priceMicroUsd, per, percent: 100, costMicroUsd: (amount * priceMicroUsd) / per };
}

/** How the cost of a record of the stand-in's ledger came about. */
export function fakeExplanation(record: UsageRecord): OperationOutput<'usage.explain'> {
  const isPriced = record.costMicroUsd !== null && record.outcome !== 'denied';
  const lines = isPriced
    ? [
        lineOf('input', record.inputTokens - record.cachedInputTokens),
        lineOf('cachedInput', record.cachedInputTokens),
        lineOf('output', record.outputTokens),
      ]
    : [];
  return {
    requestId: record.requestId,
    provider: record.provider,
    model: record.model,
    costMicroUsd: record.costMicroUsd,
    source: isPriced ? 'catalogue' : record.outcome === 'denied' ? 'free' : 'unknown',
    priceVersion: isPriced ? version : null,
    listedAs: isPriced ? record.model : null,
    serviceTier: null,
    estimated: record.estimated ?? false,
    lines,
    sumMicroUsd: isPriced ? lines.reduce((sum, line) => sum + line.costMicroUsd, 0) : null,
    isWhole: isPriced,
    notes: record.estimated
      ? ['The upstream told no usage, or not all of it: tokens were counted here, so the cost is an estimate.']
      : [],
  };
}

type PriceOperation = Extract<IpcOperation, `price.${'read' | 'set' | 'unset' | 'update' | 'check'}`>;
type PriceHandlers = { [N in PriceOperation]: (input: OperationInput<N>) => OperationOutput<N> };

/** Prices that can be set, removed, updated and compared. */
export function createPriceHandlers(
  { mode }: { readonly mode: 'full' | 'empty' },
  changed: (...topics: readonly ChangeTopic[]) => void,
): PriceHandlers {
  let own: readonly OwnPrice[] =
    mode === 'full'
      ? [{ provider: 'openai', model: 'gpt-5-mini', rates: { input: 200_000, cachedInput: 20_000, output: 1_600_000 } }]
      : [];
  const read = (): OperationOutput<'price.read'> => ({
    version,
    sha256: 'ab'.repeat(32),
    shippedVersion: version,
    own: [...own],
  });
  const without = ({ provider, model }: { readonly provider: string; readonly model: string }): readonly OwnPrice[] =>
    own.filter((price) => price.provider !== provider || price.model !== model);
  return {
    'price.read': read,
    'price.set': (price) => {
      own = [...without(price), price];
      changed('status');
      return read();
    },
    'price.unset': (which) => {
      own = without(which);
      changed('status');
      return read();
    },
    'price.update': () => ({ changed: false, before: version, version }),
    'price.check': () => ({
      version,
      otherVersion: 'models.dev (2026-11-10)',
      compared: 812,
      differences: [
        { provider: 'openai', model: 'gpt-5.2', kind: 'cachedInput', priceMicroUsd: 175_000, otherMicroUsd: 125_000 },
        { provider: 'google', model: 'gemini-3-pro', kind: 'output', priceMicroUsd: null, otherMicroUsd: 12_000_000 },
      ],
    }),
  };
}
