import type { ReactNode } from 'react';
import classes from './figures.module.css';
import { formatExactMoney, formatMoney } from './format/money.ts';

interface MoneyProps {
  /** Null is a price nobody knows. */
  readonly microUsd: number | null;
  /** True when tokens were counted here, because the upstream told none: the amount is only nearly so. */
  readonly isEstimated?: boolean;
  /** Shows the amount down to the micro-dollar, not only on hover. */
  readonly isExact?: boolean;
}

/** An amount with two decimals, exact on hover. An estimated one begins with ≈. */
export function Money({ microUsd, isEstimated = false, isExact = false }: MoneyProps): ReactNode {
  if (microUsd === null) {
    return (
      <span className={`${classes.figure} ${classes.dim}`} title="The price of this model is not in the catalogue">
        no price
      </span>
    );
  }
  const exact = formatExactMoney(microUsd);
  const shown = isExact ? exact : formatMoney(microUsd);
  if (!isEstimated) {
    return (
      <span className={classes.figure} title={exact}>
        {shown}
      </span>
    );
  }
  return (
    <span
      className={classes.figure}
      title={`About ${exact}: tokens were counted here, because the provider told none or not all`}
    >
      <span role="img" aria-label="about">
        ≈
      </span>{' '}
      {shown}
    </span>
  );
}
