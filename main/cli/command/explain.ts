import type { Command } from 'commander';
import type { CostExplanation } from '#shared/model/explanation.ts';
import { unitsOf } from '#shared/model/price.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { formatCount, formatMoney, formatPrice } from '../format.ts';
import { report } from '../output.ts';
import { renderTable, safeText } from '../table.ts';

/** Adds `toll usage explain`. */
export function addExplainCommand(usage: Command, cli: Cli): void {
  usage
    .command('explain')
    .description('how the cost of one request came about')
    .argument('<request-id>', 'as x-tollkeeper-request-id tells it')
    .action((requestId: string) => explain(cli, requestId));
}

async function explain(cli: Cli, requestId: string): Promise<void> {
  await withControl(cli, async (control) => {
    const explanation = await control.call('usage.explain', { requestId });
    report(cli, explanation, () => renderExplanation(explanation));
  });
}

/** The lines of a cost, their sum and what else there is to say. */
export function renderExplanation(explanation: CostExplanation): string {
  const { lines, sumMicroUsd, costMicroUsd, notes, priceVersion, listedAs } = explanation;
  const about = `${explanation.estimated ? '\u2248' : ''}${formatMoney(costMicroUsd)}`;
  const name = [explanation.provider, explanation.model].filter((part) => part !== null).join('/');
  const parts = [`${about} for ${safeText(name)}`];
  if (priceVersion !== null) {
    parts.push(`Prices: ${priceVersion}${listedAs === null ? '' : `, listed as ${safeText(listedAs)}`}`);
  }
  if (lines.length > 0) parts.push(`\n${renderLines(lines)}`.trimEnd());
  if (sumMicroUsd !== null) {
    parts.push(
      `\nSum ${formatMicro(sumMicroUsd)} micro-dollars, rounded half up once: ${formatCount(Math.floor(sumMicroUsd + 0.5))}.`,
    );
  }
  return `${[...parts, ...notes].join('\n')}\n`;
}

function renderLines(lines: CostExplanation['lines']): string {
  return renderTable(lines, [
    { title: 'WHAT', value: (row) => row.title },
    { title: 'AMOUNT', value: (row) => `${formatCount(row.amount)} ${unitsOf(row.unit)}`, align: 'right' },
    { title: 'PRICE', value: (row) => formatPrice(row.priceMicroUsd), align: 'right' },
    { title: 'PER', value: (row) => formatCount(row.per), align: 'right' },
    { title: 'SHARE', value: (row) => (row.percent === 100 ? '' : `${row.percent} %`), align: 'right' },
    { title: 'MICRO-DOLLARS', value: (row) => formatMicro(row.costMicroUsd), align: 'right' },
  ]);
}

function formatMicro(amount: number): string {
  return amount.toLocaleString('en-US', { maximumFractionDigits: 6 });
}
