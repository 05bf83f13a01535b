import { IconAlertTriangle, IconCheck, IconLoader2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { shortSteps } from '#renderer/components/format/rotation-step.ts';
import { type Rotation, rotationSteps } from '#shared/model/rotation.ts';
import { stepsOf } from './provider-rotation.ts';
import classes from './rotation.module.css';

const marks = {
  done: { icon: IconCheck, text: 'done' },
  now: { icon: IconLoader2, text: 'now' },
  stopped: { icon: IconAlertTriangle, text: 'stopped here' },
  later: { icon: null, text: 'to come' },
} as const;

/** The steps of a change that goes forward in one line, up to where it is. */
export function StepLine({ rotation }: { readonly rotation: Rotation }): ReactNode {
  const steps = stepsOf(rotation);
  const at = steps.indexOf(rotation.step);
  if (rotation.direction === 'back' || at < 0) return null;
  return (
    <ol className={classes.line} aria-label="Steps">
      {steps.map((step, index) => {
        const here = rotation.state === 'stopped' ? 'stopped' : 'now';
        const state = index < at ? 'done' : index > at ? 'later' : here;
        const { icon: Icon, text } = marks[state];
        return (
          <li
            key={step}
            className={classes.step}
            data-state={state}
            title={`${rotationSteps[step]}: ${text}`}
            aria-current={index === at ? 'step' : undefined}
          >
            {Icon === null ? (
              <span className={classes.dot} aria-hidden="true" />
            ) : (
              <Icon size={14} stroke={2} aria-hidden="true" />
            )}
            {shortSteps[step]}
          </li>
        );
      })}
    </ol>
  );
}
