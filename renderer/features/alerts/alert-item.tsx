import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { formatCount } from '#renderer/components/format/count.ts';
import { KeyValue } from '#renderer/components/key-value.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import { RelativeTime } from '#renderer/components/relative-time.tsx';
import type { Alert } from '#shared/model/alert.ts';
import { watchRules } from '#shared/policy/watch-rules.ts';
import classes from './alerts.module.css';

function Evidence({ alert }: { readonly alert: Alert }): ReactNode {
  const { evidence, done } = alert;
  return <KeyValue facts={[...evidence.map(({ name, value }) => [name, value] as const), ['Done', done]]} />;
}

function Source({ alert }: { readonly alert: Alert }): ReactNode {
  const { requestId, auditSequence, tool, grantId } = alert;
  if (requestId !== null) {
    return (
      <Button
        size="compact-sm"
        variant="default"
        renderRoot={(props) => <Link to="/activity" search={{ request: requestId }} {...props} />}
      >
        Show the request
      </Button>
    );
  }
  const text = grantId ?? tool;
  if (auditSequence === null || text === null) return null;
  return (
    <Button
      size="compact-sm"
      variant="default"
      renderRoot={(props) => <Link to="/activity" search={{ part: 'audit', text }} {...props} />}
    >
      Show in the audit log
    </Button>
  );
}

/** One alert: what happened, what speaks for it, and what was done. A read one shows its evidence when it is opened. */
export function AlertItem({ alert }: { readonly alert: Alert }): ReactNode {
  const { id, rule, sentence, count, firstAt, lastAt, readAt } = alert;
  const read = useAct('alert.read');
  const isUnread = readAt === null;
  return (
    <li className={classes.alert} data-unread={isUnread} aria-label={`${isUnread ? 'Unread: ' : ''}${sentence}`}>
      <div className={classes.head}>
        <p className={classes.sentence}>{sentence}</p>
        <RelativeTime at={lastAt} />
      </div>
      <div className={classes.meta}>
        <span>{watchRules[rule].title}</span>
        {count === 1 ? null : (
          <Pill tone="neutral">
            {formatCount(count)} times, first <RelativeTime at={firstAt} />
          </Pill>
        )}
      </div>
      {isUnread ? (
        <Evidence alert={alert} />
      ) : (
        <details className={classes.details}>
          <summary>Evidence</summary>
          <Evidence alert={alert} />
        </details>
      )}
      <div className={classes.acts}>
        {isUnread ? (
          <Button size="compact-sm" variant="default" loading={read.isRunning} onClick={() => void read.run({ id })}>
            Mark as read
          </Button>
        ) : null}
        <Source alert={alert} />
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          renderRoot={(props) => <Link to="/alerts" search={{ part: 'rules' }} {...props} />}
        >
          The rule
        </Button>
      </div>
    </li>
  );
}
