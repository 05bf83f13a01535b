import type { ReactNode } from 'react';
import classes from './banner.module.css';

interface BannerProps {
  readonly tone: 'amber' | 'red';
  /** What is the matter, in a few words. */
  readonly title: string;
  /** What it means and what to do. */
  readonly text: string;
  /** The button that does it. */
  readonly action?: ReactNode;
}

/** A line across the page about the state of the whole program. */
export function Banner({ tone, title, text, action }: BannerProps): ReactNode {
  return (
    <div className={`${classes.banner} ${classes[tone]}`} role="status">
      <p className={classes.text}>
        <span className={classes.title}>{title}</span> {text}
      </p>
      {action}
    </div>
  );
}
