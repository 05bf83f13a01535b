import type { ReactNode } from 'react';
import classes from './pill.module.css';

/** What a pill says at a glance: fine, waiting for a person, refused or failed, or a plain fact. */
export type PillTone = 'teal' | 'amber' | 'red' | 'neutral';

/** A short state of a few words. */
export function Pill({
  tone,
  title,
  children,
}: {
  readonly tone: PillTone;
  readonly title?: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <span className={`${classes.pill} ${classes[tone]}`} title={title}>
      {children}
    </span>
  );
}
