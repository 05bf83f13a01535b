import { Link } from '@tanstack/react-router';
import { type ReactNode, useId, useState } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { ReviewDialog } from '#renderer/components/access-request/review-dialog.tsx';
import { WaitingRequest } from '#renderer/components/access-request/waiting-request.tsx';
import { Card } from '#renderer/components/card.tsx';
import { formatCount, formatPlural } from '#renderer/components/format/count.ts';
import { formatMoney } from '#renderer/components/format/money.ts';
import { formatAgo } from '#renderer/components/format/time.ts';
import classes from './overview.module.css';

const shownRequests = 3;
const shownRunning = 5;

/** What waits for the person, and what runs at this moment. */
export function LiveCard(): ReactNode {
  const requests = useOperation('request.list', {}).data ?? [];
  const waiting = requests.filter(({ inbox }) => inbox === null);
  const inInbox = requests.length - waiting.length;
  const waitingId = useId();
  const providerName = useProviderName();
  const [reviewed, setReviewed] = useState<string | null>(null);
  return (
    <Card>
      <div className={classes.live}>
        <section aria-labelledby={waitingId}>
          <div className={classes.subhead}>
            <h2 id={waitingId}>Waiting for you</h2>
            {waiting.length === 0 ? null : <span>{waiting.length}</span>}
          </div>
          {waiting.length === 0 ? (
            <p className={classes.quiet}>Nobody. A tool that asks for access appears here.</p>
          ) : null}
          {waiting.slice(0, shownRequests).map((request) => (
            <WaitingRequest
              key={request.id}
              request={request}
              providerName={providerName}
              onReview={() => setReviewed(request.id)}
            />
          ))}
          {waiting.length > shownRequests ? (
            <p className={classes.quiet}>and {waiting.length - shownRequests} more, on the Access page</p>
          ) : null}
          {inInbox === 0 ? null : (
            <p className={classes.quiet}>
              <Link to="/access">{formatPlural(inInbox, 'request')} in the inbox</Link>, which can wait
            </p>
          )}
        </section>
        <RunningCalls />
      </div>
      <ReviewDialog
        request={waiting.find((request) => request.id === reviewed)}
        providerName={providerName}
        onClose={() => setReviewed(null)}
      />
    </Card>
  );
}

function RunningCalls(): ReactNode {
  const running = useOperation('usage.running', {}).data ?? [];
  const titleId = useId();
  return (
    <section aria-labelledby={titleId}>
      <div className={classes.subhead}>
        <h2 id={titleId}>Running now</h2>
        {running.length === 0 ? null : <span>{formatPlural(running.length, 'call')}</span>}
      </div>
      {running.length === 0 ? (
        <p className={classes.quiet}>Nothing. Calls show up here while they stream.</p>
      ) : (
        <ul>
          {running.slice(0, shownRunning).map((call) => (
            <li
              key={call.requestId}
              className={classes.line}
              title={`Started ${formatAgo(Date.parse(call.startedAt), Date.now())}`}
            >
              <span className={classes.name}>
                {call.tool ?? 'unknown tool'} <code>{call.model ?? call.provider}</code>
              </span>
              <code className={classes.figure}>
                {formatCount(call.outputTokens)} tok
                {call.costMicroUsd === null ? '' : ` \u00b7 ${formatMoney(call.costMicroUsd)}`}
              </code>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
