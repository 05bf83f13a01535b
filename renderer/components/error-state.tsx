import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { TollkeeperError } from '#shared/model/error.ts';
import classes from './state.module.css';

interface ErrorStateProps {
  readonly error: TollkeeperError;
  /** What could not be shown, such as `The keys could not be read`. */
  readonly title: string;
  readonly onRetry?: () => void;
}

/** Stands where something could not be shown: what, why, and what to do next. */
export function ErrorState({ error, title, onRetry }: ErrorStateProps): ReactNode {
  return (
    <div className={`${classes.state} ${classes.failed}`} role="alert">
      <p className={classes.title}>{title}</p>
      <p className={classes.text}>{error.message}</p>
      {onRetry === undefined ? null : (
        <div className={classes.action}>
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}
