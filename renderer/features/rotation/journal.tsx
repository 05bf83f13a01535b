import type { ReactNode } from 'react';
import { formatExactTime, formatLatency } from '#renderer/components/format/time.ts';
import { Pill } from '#renderer/components/pill.tsx';
import { type RotationStep, rotationSteps } from '#shared/model/rotation.ts';
import classes from './rotation.module.css';
import { outcomeWords } from './rotation-words.ts';

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const tones = { done: 'neutral', begun: 'teal', again: 'neutral', failed: 'red' } as const;

function JournalLine({ step }: { readonly step: RotationStep }): ReactNode {
  const begun = Date.parse(step.begunAt);
  const words = outcomeWords(step);
  return (
    <li className={classes.journalLine}>
      <time dateTime={step.begunAt} title={formatExactTime(begun)} className={classes.quiet}>
        {clock.format(begun)}
      </time>
      <span>
        {rotationSteps[step.step]}
        {step.message === null ? null : <span className={classes.message}>{step.message}</span>}
      </span>
      <span className={classes.journalEnd}>
        {words === '' ? null : <Pill tone={tones[step.outcome]}>{words}</Pill>}
        {step.endedAt === null ? null : (
          <span className={classes.quiet}>{formatLatency(Date.parse(step.endedAt) - begun)}</span>
        )}
      </span>
    </li>
  );
}

/** Every attempt at every step, with when it began, how long it took, and what came of it. */
export function Journal({ steps }: { readonly steps: readonly RotationStep[] }): ReactNode {
  return (
    <ol className={classes.journal} aria-label="Every step">
      {steps.map((step) => (
        <JournalLine key={step.sequence} step={step} />
      ))}
    </ol>
  );
}
