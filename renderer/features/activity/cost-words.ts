import { formatCount } from '#renderer/components/format/count.ts';
import { formatExactMoney } from '#renderer/components/format/money.ts';
import type { CostLine } from '#shared/model/explanation.ts';

const perWords: Readonly<Record<CostLine['unit'], string>> = {
  token: 'M',
  search: '1,000',
  request: '1,000',
  second: 'hour',
};

const fine = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  minimumFractionDigits: 6,
  maximumFractionDigits: 6,
});

/** A price as its list has it: `$1.25 / M`, `$10.00 / 1,000`, and the share of it that a class of service costs. */
export function describePrice({ priceMicroUsd, unit, percent }: CostLine): string {
  const share = percent === 100 ? '' : ` \u00d7 ${formatCount(percent)}%`;
  return `${formatExactMoney(priceMicroUsd)} / ${perWords[unit]}${share}`;
}

/** A line's cost to the micro-dollar, so that the lines can be added up by eye. */
export function formatLineCost(microUsd: number): string {
  return fine.format(microUsd / 1e6);
}
