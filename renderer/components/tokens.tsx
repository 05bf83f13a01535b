import type { ReactNode } from 'react';
import classes from './figures.module.css';
import { formatCount, formatTokens } from './format/count.ts';

/** A token count short enough for a column, exact on hover. */
export function Tokens({ count }: { readonly count: number }): ReactNode {
  return (
    <span className={classes.figure} title={`${formatCount(count)} tokens`}>
      {formatTokens(count)}
    </span>
  );
}
