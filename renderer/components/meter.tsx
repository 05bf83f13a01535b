import type { ReactNode } from 'react';
import classes from './meter.module.css';

interface MeterProps {
  /** Share of the whole that is used up; 1 is all of it. */
  readonly used: number;
  /** Share that is being used at this moment, on top of `used`. */
  readonly running?: number;
  /** Percents at which somebody is told. */
  readonly marks?: readonly number[];
}

const lowShare = 0.8;

function percent(share: number): string {
  return `${Math.max(0, Math.min(1, share)) * 100}%`;
}

/** A bar of what is used of a whole: amber from 80 percent on, red when nothing is left. The words beside it say the same. */
export function Meter({ used, running = 0, marks = [] }: MeterProps): ReactNode {
  const all = used + running;
  const state = all >= 1 ? classes.full : all >= lowShare ? classes.low : '';
  return (
    <span className={`${classes.meter} ${state}`} aria-hidden="true">
      <span className={classes.part} style={{ left: 0, width: percent(used) }} />
      {running > 0 ? (
        <span
          className={`${classes.part} ${classes.running}`}
          style={{ left: percent(used), width: percent(Math.min(running, 1 - used)) }}
        />
      ) : null}
      {marks
        .filter((mark) => mark < 100)
        .map((mark) => (
          <span
            key={mark}
            className={`${classes.mark} ${all * 100 >= mark ? classes.reached : ''}`}
            style={{ left: `${mark}%` }}
          />
        ))}
    </span>
  );
}
