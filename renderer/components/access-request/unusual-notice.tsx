import { IconAlertTriangle } from '@tabler/icons-react';
import { type ReactNode, useId } from 'react';
import type { AccessRequest } from '#shared/model/access.ts';
import classes from './unusual-notice.module.css';
import { unusualSentences } from './unusual-words.ts';

interface UnusualNoticeProps {
  readonly request: AccessRequest;
  readonly typed: string;
  onType(typed: string): void;
}

/** What is unusual about a request, and the number to type before it can be allowed. Nothing for a usual one. */
export function UnusualNotice({ request, typed, onType }: UnusualNoticeProps): ReactNode {
  const reasonsId = useId();
  if (request.confirmation === null) return null;
  return (
    <div className={classes.notice}>
      <p className={classes.title}>
        <IconAlertTriangle size={14} stroke={2} aria-hidden="true" />
        Not as usual
      </p>
      <ul id={reasonsId} className={classes.reasons}>
        {unusualSentences(request).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <label className={classes.confirm}>
        <span>
          If that is right, type <strong>{request.confirmation}</strong> to be able to allow it
        </span>
        <input
          className={classes.number}
          value={typed}
          inputMode="numeric"
          maxLength={2}
          size={2}
          autoComplete="off"
          aria-describedby={reasonsId}
          onChange={(event) => onType(event.currentTarget.value.replace(/\D/g, ''))}
        />
      </label>
    </div>
  );
}
