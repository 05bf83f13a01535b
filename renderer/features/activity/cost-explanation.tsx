import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { formatCount } from '#renderer/components/format/count.ts';
import { Money } from '#renderer/components/money.tsx';
import { type Column, PlainTable } from '#renderer/components/plain-table.tsx';
import type { CostExplanation, CostLine, CostSource } from '#shared/model/explanation.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import classes from './activity.module.css';
import { describePrice, formatLineCost } from './cost-words.ts';

const columns: readonly Column<CostLine>[] = [
  { id: 'title', title: 'What', cell: (line) => line.title },
  { id: 'amount', title: 'Amount', align: 'end', cell: (line) => formatCount(line.amount) },
  { id: 'price', title: 'Price', align: 'end', cell: (line) => describePrice(line) },
  { id: 'cost', title: 'Cost', align: 'end', cell: (line) => formatLineCost(line.costMicroUsd) },
];

const sources: Readonly<Record<CostSource, string>> = {
  catalogue: 'Prices from',
  own: 'Your own price, from',
  told: 'Told by the provider',
  free: 'Nothing to pay',
  reserved: 'What was set aside',
  unknown: 'No price is known',
};

function Source({ explanation }: { readonly explanation: CostExplanation }): ReactNode {
  const { source, priceVersion, listedAs, model } = explanation;
  const providerName = useProviderName();
  const place = priceVersion === null || source === 'told' ? '' : ` ${priceVersion}`;
  const isOtherName = listedAs !== null && listedAs !== model;
  const provider = explanation.provider === null ? '' : `${providerName(explanation.provider)} `;
  return (
    <p className={classes.quiet}>
      {sources[source]}
      {place}
      {isOtherName ? `, listed there as ${provider}${listedAs}` : ''}
    </p>
  );
}

/** How the cost of one request came about: each amount times its price, from which price list, and what else there is to say. */
export function CostExplained({ record }: { readonly record: UsageRecord }): ReactNode {
  const { data, error } = useOperation('usage.explain', { requestId: record.requestId });
  const explanation = data?.requestId === record.requestId ? data : undefined;
  return (
    <section className={classes.section} aria-label="Money">
      <div className={classes.sum}>
        <h3>How the cost came about</h3>
        <strong>
          <Money microUsd={record.costMicroUsd} isEstimated={record.estimated === true} isExact />
        </strong>
      </div>
      {explanation === undefined ? null : (
        <>
          {explanation.lines.length === 0 ? null : (
            <PlainTable
              label="What the cost is made of"
              columns={columns}
              rows={explanation.lines}
              rowKey={({ kind }) => kind}
            />
          )}
          <Source explanation={explanation} />
          {explanation.notes.map((note) => (
            <p key={note} className={classes.quiet}>
              {note}
            </p>
          ))}
        </>
      )}
      {error === null ? null : <p className={classes.quiet}>{error.message}</p>}
    </section>
  );
}
