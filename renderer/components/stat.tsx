import type { ReactNode } from 'react';
import { Card } from './card.tsx';
import classes from './stat.module.css';

interface StatProps {
  readonly label: string;
  readonly value: ReactNode;
  /** One short line below the value. */
  readonly note?: string;
  /** Draws a bar below a note that says the same in words: the share of a whole, 1 being all of it. */
  readonly share?: number;
  /** A second, last line; a bar takes its place. */
  readonly detail?: string;
}

/** One large number with what it counts. */
export function Stat({ label, value, note, share, detail }: StatProps): ReactNode {
  return (
    <Card>
      <div className={classes.label}>{label}</div>
      <div className={classes.value}>{value}</div>
      <div className={classes.note} title={note}>
        {note}
      </div>
      {share === undefined ? (
        <div className={classes.note} title={detail}>
          {detail}
        </div>
      ) : (
        <div className={`${classes.bar} ${share > 1 ? classes.over : ''}`} aria-hidden="true">
          <div className={classes.fill} style={{ width: `${Math.min(100, share * 100)}%` }} />
        </div>
      )}
    </Card>
  );
}
