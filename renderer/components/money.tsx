import type { ReactNode } from 'react';
import classes from './figures.module.css';
import { formatExactMoney, formatMoney } from './format/money.ts';

/** An amount with two decimals, exact on hover; null is a price nobody knows. */
export function Money({ microUsd }: { readonly microUsd: number | null }): ReactNode {
  if (microUsd === null) {
    return (
      <span className={`${classes.figure} ${classes.dim}`} title="The price of this model is not in the catalogue">
        no price
      </span>
    );
  }
  return (
    <span className={classes.figure} title={formatExactMoney(microUsd)}>
      {formatMoney(microUsd)}
    </span>
  );
}
