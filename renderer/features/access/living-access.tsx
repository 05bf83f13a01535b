import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { ReviewDialog } from '#renderer/components/access-request/review-dialog.tsx';
import { WaitingRequest } from '#renderer/components/access-request/waiting-request.tsx';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import classes from './access.module.css';
import { GrantTable } from './grant-table.tsx';
import { Inbox } from './inbox.tsx';

interface LivingAccessProps {
  /** Id of the request that is being answered. */
  readonly reviewed: string | undefined;
  providerName(id: string): string;
  /** Opens a request for an answer, or closes it. */
  onReview(id: string | undefined): void;
}

/** What waits for an answer, now or when there is time, and who has access at this moment. */
export function LivingAccess({ reviewed, providerName, onReview }: LivingAccessProps): ReactNode {
  const requests = useOperation('request.list', {});
  const grants = useOperation('grant.list', {});
  const all = requests.data ?? [];
  const waiting = all.filter(({ inbox }) => inbox === null);
  const failed = requests.data === undefined ? requests : grants.data === undefined ? grants : null;
  if (failed?.error) {
    return (
      <Card>
        <ErrorState title="Access could not be read" error={failed.error} onRetry={failed.retry} />
      </Card>
    );
  }
  return (
    <>
      {waiting.length === 0 ? null : (
        <Card title="Waiting for you" aside={`${waiting.length}`}>
          <ul className={classes.requests}>
            {waiting.map((request) => (
              <li key={request.id}>
                <WaitingRequest request={request} providerName={providerName} onReview={() => onReview(request.id)} />
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Inbox requests={all.filter(({ inbox }) => inbox !== null)} providerName={providerName} onReview={onReview} />
      <Card title="Has access now">
        {grants.data?.length === 0 ? (
          <EmptyState
            title="No tool has access"
            text="A tool that you allow appears here with the time, the calls and the money it has left. No tool can call a model now."
            action={
              <Button variant="default" renderRoot={(props) => <Link to="/connect" {...props} />}>
                Connect a tool
              </Button>
            }
          />
        ) : (
          <GrantTable grants={grants.data ?? []} providerName={providerName} />
        )}
      </Card>
      <ReviewDialog
        request={all.find((request) => request.id === reviewed)}
        providerName={providerName}
        onClose={() => onReview(undefined)}
      />
    </>
  );
}
