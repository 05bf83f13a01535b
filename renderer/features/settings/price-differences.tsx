import { Button, ScrollArea } from '@mantine/core';
import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { formatPlural } from '#renderer/components/format/count.ts';
import { formatExactMoney } from '#renderer/components/format/money.ts';
import { Pill } from '#renderer/components/pill.tsx';
import { type Column, PlainTable } from '#renderer/components/plain-table.tsx';
import { priceUnits } from '#shared/model/price.ts';
import type { PriceDifference } from '#shared/model/price-report.ts';
import classes from './settings.module.css';

const columns: readonly Column<PriceDifference>[] = [
  { id: 'model', title: 'Model', mono: true, cell: ({ provider, model }) => `${provider}/${model}` },
  { id: 'kind', title: 'What', cell: ({ kind }) => priceUnits[kind].title },
  {
    id: 'ours',
    title: 'In force',
    align: 'end',
    cell: ({ priceMicroUsd }) => (priceMicroUsd === null ? 'none' : formatExactMoney(priceMicroUsd)),
  },
  { id: 'other', title: 'The other', align: 'end', cell: ({ otherMicroUsd }) => formatExactMoney(otherMicroUsd) },
];

/** Compares the price list in force with a second one, on demand, and lists where they differ. */
export function PriceDifferences(): ReactNode {
  const check = useAct('price.check');
  const { result } = check;
  return (
    <div className={classes.block}>
      <div className={classes.blockHead}>
        <div>
          <h3>Against a second list</h3>
          <p className={classes.help}>Two lists that agree are rarely both wrong. Nothing is changed by comparing.</p>
        </div>
        <Button size="compact-sm" variant="default" loading={check.isRunning} onClick={() => void check.run({})}>
          Compare
        </Button>
      </div>
      <div role="status">
        {result === undefined ? null : (
          <p className={classes.verdict}>
            <Pill tone={result.differences.length === 0 ? 'teal' : 'amber'}>
              {result.differences.length === 0
                ? 'no difference'
                : formatPlural(result.differences.length, 'difference')}
            </Pill>
            <span className={classes.help}>
              {formatPlural(result.compared, 'price')} compared with {result.otherVersion}
            </span>
          </p>
        )}
      </div>
      {result === undefined || result.differences.length === 0 ? null : (
        <ScrollArea.Autosize
          mah={280}
          type="auto"
          viewportProps={{ tabIndex: 0, 'aria-label': 'Differences between the price lists', role: 'region' }}
        >
          <PlainTable
            label="Differences between the price lists"
            columns={columns}
            rows={result.differences}
            rowKey={({ provider, model, kind }) => `${provider}/${model}/${kind}`}
          />
        </ScrollArea.Autosize>
      )}
    </div>
  );
}
