import type { ReactNode } from 'react';
import { shownToolName } from '#renderer/components/access-request/identity.ts';
import { useMinimumTime } from '#renderer/components/access-request/use-minimum-time.ts';
import type { AccessRequest } from '#shared/model/access.ts';
import classes from './prompt.module.css';

interface RequestBundleProps {
  readonly requests: readonly AccessRequest[];
  readonly current: AccessRequest;
  onSelect(id: string): void;
  onDenyAll(): void;
}

/** Stands above the request when several wait: which one this is, the others, and one button that denies them all. */
export function RequestBundle({ requests, current, onSelect, onDenyAll }: RequestBundleProps): ReactNode {
  const isReady = useMinimumTime('bundle');
  return (
    <div className={classes.bundle}>
      <span className={classes.count}>
        {requests.indexOf(current) + 1} of {requests.length} waiting
      </span>
      <button type="button" className={classes.denyAll} disabled={!isReady} onClick={onDenyAll}>
        Deny all
      </button>
      <div className={classes.tabs} role="tablist" aria-label="Waiting requests">
        {requests.map((request) => (
          <button
            key={request.id}
            type="button"
            role="tab"
            aria-selected={request.id === current.id}
            className={classes.tab}
            title={request.tool}
            onClick={() => onSelect(request.id)}
          >
            {shownToolName(request)}
          </button>
        ))}
      </div>
    </div>
  );
}
