import type { ReactNode } from 'react';
import type { Reading } from '#renderer/api/use-operation.ts';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import type { Alert } from '#shared/model/alert.ts';
import { AlertItem } from './alert-item.tsx';
import classes from './alerts.module.css';

/** Alerts that stand, then those that were read. */
export function AlertList({ alerts }: { readonly alerts: Reading<Alert[]> }): ReactNode {
  const { data, error } = alerts;
  if (error !== null && data === undefined) {
    return (
      <Card>
        <ErrorState title="The alerts could not be read" error={error} onRetry={alerts.retry} />
      </Card>
    );
  }
  if (data === undefined) return null;
  if (data.length === 0) {
    return (
      <Card>
        <EmptyState
          title="Nothing irregular"
          text="When a tool does what it never did, or a token is used that should not be, you see here what happened, what speaks for it, and what was done. Each tool is compared with its own past, so its first days are quiet."
        />
      </Card>
    );
  }
  const groups = [
    { title: 'Unread', alerts: data.filter(({ readAt }) => readAt === null) },
    { title: 'Read', alerts: data.filter(({ readAt }) => readAt !== null) },
  ];
  return (
    <div className={classes.groups}>
      {groups
        .filter((group) => group.alerts.length > 0)
        .map((group) => (
          <Card key={group.title} title={group.title}>
            <ul aria-label={`${group.title} alerts`}>
              {group.alerts.map((alert) => (
                <AlertItem key={alert.id} alert={alert} />
              ))}
            </ul>
          </Card>
        ))}
    </div>
  );
}
