import type { ReactNode } from 'react';
import classes from './state.module.css';

interface EmptyStateProps {
  /** What is missing, such as `No keys yet`. */
  readonly title: string;
  /** What this place will show, and when. */
  readonly text: string;
  /** The button that starts it. */
  readonly action?: ReactNode;
  /** For a small card: left-aligned and low. */
  readonly compact?: boolean;
}

/** Stands where there is nothing yet, says what will be there and how to begin. */
export function EmptyState({ title, text, action, compact = false }: EmptyStateProps): ReactNode {
  return (
    <div className={`${classes.state} ${compact ? classes.compact : ''}`}>
      <p className={classes.title}>{title}</p>
      <p className={classes.text}>{text}</p>
      {action === undefined ? null : <div className={classes.action}>{action}</div>}
    </div>
  );
}
