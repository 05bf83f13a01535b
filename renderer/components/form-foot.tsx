import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './form-foot.module.css';

interface FormFootProps {
  /** What the button that sends the form does. */
  readonly verb: string;
  readonly isRunning: boolean;
  /** False while the form can't be sent; it can unless this says otherwise. */
  readonly isComplete?: boolean;
  /** Why the form was not taken, and what to do; null when nothing went wrong. */
  readonly problem?: string | null;
  /** True where the form has no field: Cancel has the focus then. */
  readonly isQuestion?: boolean;
  readonly onCancel: () => void;
}

/** The end of a form in a dialog: what went wrong, read out when it appears, and the two ways out. */
export function FormFoot({
  verb,
  isRunning,
  isComplete = true,
  problem = null,
  isQuestion = false,
  onCancel,
}: FormFootProps): ReactNode {
  return (
    <>
      {problem === null ? null : (
        <p className={classes.failure} role="alert">
          {problem}
        </p>
      )}
      <div className={classes.foot}>
        <Button variant="default" onClick={onCancel} data-autofocus={isQuestion ? true : undefined}>
          Cancel
        </Button>
        <Button type="submit" disabled={!isComplete} loading={isRunning}>
          {verb}
        </Button>
      </div>
    </>
  );
}
