import type { ReactNode } from 'react';
import classes from './figures.module.css';
import { formatAgo, formatExactTime, formatIn, formatLeft } from './format/time.ts';
import { useNow } from './format/use-now.ts';

const freshMs = 120_000;

/** A past time as `3 min ago`, which ticks; the exact time on hover. */
export function RelativeTime({ at }: { readonly at: string }): ReactNode {
  const time = Date.parse(at);
  const coarse = useNow(30_000);
  const fine = useNow(coarse - time < freshMs ? 1_000 : 30_000);
  return (
    <time dateTime={at} title={formatExactTime(time)} className={classes.figure}>
      {formatAgo(time, Math.max(coarse, fine))}
    </time>
  );
}

/** A time to come as `42 min left`, which ticks; the exact time on hover. */
export function TimeLeft({ until }: { readonly until: string }): ReactNode {
  const time = Date.parse(until);
  const now = useNow(1_000);
  return (
    <time dateTime={until} title={formatExactTime(time)} className={classes.figure}>
      {formatLeft(time - now)}
    </time>
  );
}

/** A time to come as `in 9 h`, which ticks; the exact time on hover. */
export function ResetTime({ at }: { readonly at: string }): ReactNode {
  const time = Date.parse(at);
  const coarse = useNow(30_000);
  const fine = useNow(time - coarse < freshMs ? 1_000 : 30_000);
  return (
    <time dateTime={at} title={formatExactTime(time)} className={classes.figure}>
      {formatIn(time - Math.max(coarse, fine))}
    </time>
  );
}
