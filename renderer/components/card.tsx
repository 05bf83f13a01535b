import { type ReactNode, useId } from 'react';
import classes from './card.module.css';

interface CardProps {
  /** Names the region for screen readers too; without one the card is plain. */
  readonly title?: string;
  /** Shown at the right end of the title line. */
  readonly aside?: ReactNode;
  /** Leaves the padding to the content, for tables that reach the edges. */
  readonly flush?: boolean;
  /** Lets the content take up all of the card's height. */
  readonly fill?: boolean;
  readonly children: ReactNode;
}

/** A panel with a one-pixel line, and a title where it has one. */
export function Card({ title, aside, flush = false, fill = false, children }: CardProps): ReactNode {
  const titleId = useId();
  return (
    <section
      className={`${classes.card} ${flush ? classes.flush : ''} ${fill ? classes.fill : ''}`}
      aria-labelledby={title === undefined ? undefined : titleId}
    >
      {title === undefined ? null : (
        <div className={classes.head}>
          <h2 id={titleId}>{title}</h2>
          {aside === undefined ? null : <div className={classes.aside}>{aside}</div>}
        </div>
      )}
      {children}
    </section>
  );
}
