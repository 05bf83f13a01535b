import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { WaitingRequest } from '#renderer/components/access-request/waiting-request.tsx';
import { Card } from '#renderer/components/card.tsx';
import type { AccessRequest } from '#shared/model/access.ts';
import classes from './access.module.css';
import { SilencedRow } from './silenced-row.tsx';

interface InboxProps {
  /** Requests of the inbox, oldest first. */
  readonly requests: readonly AccessRequest[];
  providerName(id: string): string;
  onReview(id: string): void;
}

/** What can wait: requests that nobody sits before, and the tools that are not heard for a while. Nothing when both are empty. */
export function Inbox({ requests, providerName, onReview }: InboxProps): ReactNode {
  const silenced = useOperation('request.silenced', {}).data ?? [];
  if (requests.length + silenced.length === 0) return null;
  return (
    <Card title="Inbox" aside={requests.length === 0 ? undefined : `${requests.length}`}>
      {requests.length === 0 ? null : (
        <ul className={classes.requests}>
          {requests.map((request) => (
            <li key={request.id}>
              <WaitingRequest request={request} providerName={providerName} onReview={() => onReview(request.id)} />
            </li>
          ))}
        </ul>
      )}
      {silenced.length === 0 ? null : (
        <ul aria-label="Tools that are not heard now" className={requests.length === 0 ? '' : classes.silences}>
          {silenced.map((tool) => (
            <SilencedRow key={tool.id} silenced={tool} />
          ))}
        </ul>
      )}
    </Card>
  );
}
