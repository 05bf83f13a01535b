import type { ReactNode } from 'react';
import type { AccessRequest } from '#shared/model/access.ts';
import { formatDuration } from '../format/time.ts';
import classes from './access-request.module.css';
import type { Decision } from './decision.ts';
import { describeBinding } from './describe-binding.ts';
import { plainText } from './identity.ts';
import { channelWords } from './request-channel.ts';

const lifetimes: readonly number[] = [300, 900, 3_600, 14_400, 28_800, 43_200];

interface RequestDetailsProps {
  readonly id: string;
  readonly request: AccessRequest;
  readonly decision: Decision;
  readonly canAnswer: boolean;
  onChange(decision: Decision): void;
  onDenyAlways(): void;
}

/** All that is known of who asks and for what exactly, and what of it is only claimed. */
export function RequestDetails({
  id,
  request,
  decision,
  canAnswer,
  onChange,
  onDenyAlways,
}: RequestDetailsProps): ReactNode {
  const { process } = request;
  const choices = [...new Set([...lifetimes, request.ttlSeconds])].sort((left, right) => left - right);
  return (
    <div id={id}>
      <dl className={classes.details}>
        <dt>Lasts</dt>
        <dd>
          <select
            className={classes.lasts}
            aria-label="How long a timed answer lasts"
            value={decision.ttlSeconds}
            onChange={(event) =>
              onChange({ ...decision, hold: 'timed', ttlSeconds: Number(event.currentTarget.value) })
            }
          >
            {choices.map((seconds) => (
              <option key={seconds} value={seconds}>
                {formatDuration(seconds)}
              </option>
            ))}
          </select>
        </dd>
        <dt>Scopes</dt>
        <dd>
          <code>{request.scopes.join(' ')}</code>
        </dd>
        {request.purpose === null ? null : (
          <>
            <dt>Says</dt>
            <dd>{`\u201c${plainText(request.purpose)}\u201d`}</dd>
          </>
        )}
        <dt>Works in</dt>
        <dd>{describeBinding(request.binding)}</dd>
        <dt>Asks by</dt>
        <dd>{channelWords[request.channel].name}</dd>
        {process === null ? (
          <>
            <dt>Program</dt>
            <dd>not known; the name above is only claimed</dd>
          </>
        ) : (
          <>
            <dt>Program</dt>
            <dd>
              <code>{process.executable ?? process.name}</code>, pid {process.pid},{' '}
              {process.verified ? 'verified by the system' : 'only claimed'}
            </dd>
            <dt>Started by</dt>
            <dd>
              {process.parents.map((parent) => (
                <div key={parent.pid}>
                  <code>{parent.executable ?? parent.name}</code>, pid {parent.pid}
                </div>
              ))}
            </dd>
            <dt>Arguments</dt>
            <dd>
              <code>{plainText(process.arguments.slice(1).join(' ')) || 'none'}</code>
            </dd>
          </>
        )}
      </dl>
      <button type="button" className={classes.never} disabled={!canAnswer} onClick={onDenyAlways}>
        Deny, and never ask again
      </button>
    </div>
  );
}
