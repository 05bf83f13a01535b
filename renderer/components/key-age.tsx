import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Credential } from '#shared/model/credential.ts';
import type { Rotation } from '#shared/model/rotation.ts';
import { describeKeyAge } from './format/key-age.ts';
import { shortSteps } from './format/rotation-step.ts';
import { useNow } from './format/use-now.ts';
import classes from './key-age.module.css';

interface KeyAgeProps {
  readonly credential: Pick<Credential, 'id' | 'rotation'>;
  /** Its change that has not ended; null for none. */
  readonly current: Rotation | null;
}

/** How old a key is, and below that when it is changed next, or at which step its change is. */
export function KeyAge({ credential, current }: KeyAgeProps): ReactNode {
  const now = useNow(30_000);
  const { age, next, tone } = describeKeyAge(credential.rotation, now);
  const step = current?.state === 'running' ? `: ${shortSteps[current.step].toLowerCase()}` : '';
  return (
    <span className={classes.age}>
      <span>{age}</span>
      {next === '' ? null : tone === 'neutral' ? (
        <span className={classes.next}>{next}</span>
      ) : (
        <Link to="/rotation" search={{ key: credential.id }} className={classes.next} data-tone={tone}>
          {next}
          {step}
        </Link>
      )}
    </span>
  );
}
