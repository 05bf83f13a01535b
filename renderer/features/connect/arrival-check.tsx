import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { shownToolName } from '#renderer/components/access-request/identity.ts';
import { ReviewDialog } from '#renderer/components/access-request/review-dialog.tsx';
import { Card } from '#renderer/components/card.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import { RelativeTime, TimeLeft } from '#renderer/components/relative-time.tsx';
import { errorDefinitions, isErrorCode } from '#shared/model/error.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { type Arrival, judgeArrival } from './arrival.ts';
import classes from './connect.module.css';
import type { ConnectTool } from './tools.ts';

const newest = { filter: {}, offset: 0, limit: 500 } as const;

function whatToDo(record: UsageRecord): string {
  if (isErrorCode(record.errorCode)) return errorDefinitions[record.errorCode].message;
  return `The provider answered with ${record.status}. The tool shows its message.`;
}

function CallFacts({ record }: { readonly record: UsageRecord }): ReactNode {
  return (
    <>
      {record.tool ?? 'A tool'} called <code>{record.model ?? record.endpoint}</code>{' '}
      <RelativeTime at={record.startedAt} />.
    </>
  );
}

function Words({ arrival, tool }: { readonly arrival: Arrival; readonly tool: ConnectTool }): ReactNode {
  switch (arrival.state) {
    case 'asking':
      return (
        <>
          <Pill tone="amber">asks for access</Pill>
          <p>{shownToolName(arrival.request)} is there and waits for your answer.</p>
        </>
      );
    case 'arrived':
      return (
        <>
          <Pill tone="teal">it works</Pill>
          <p>
            <CallFacts record={arrival.record} />
          </p>
        </>
      );
    case 'refused':
    case 'failed':
      return (
        <>
          <Pill tone="red">{arrival.state}</Pill>
          <p>
            <CallFacts record={arrival.record} /> {whatToDo(arrival.record)}
          </p>
        </>
      );
    case 'allowed':
      return (
        <>
          <Pill tone="teal">has access</Pill>
          <p>
            {arrival.grant.tool} may call, <TimeLeft until={arrival.grant.expiresAt} />, but has not yet. Ask it
            something.
          </p>
        </>
      );
    case 'nothing':
      return (
        <>
          <Pill tone="neutral">waiting</Pill>
          <p>
            Nothing from {tool.names.length === 0 ? 'any tool' : tool.name} so far. Start it and ask it something; this
            line changes by itself.
          </p>
        </>
      );
  }
}

function Act({ arrival, onReview }: { readonly arrival: Arrival; onReview(id: string): void }): ReactNode {
  if (arrival.state === 'asking')
    return (
      <Button size="xs" onClick={() => onReview(arrival.request.id)}>
        Answer
      </Button>
    );
  if (!('record' in arrival)) return null;
  return (
    <Button
      size="xs"
      variant="default"
      renderRoot={(props) => <Link to="/activity" search={{ request: arrival.record.requestId }} {...props} />}
    >
      Show the request
    </Button>
  );
}

/** Says by itself when the tool asks for access, and when its first call comes through. */
export function ArrivalCheck({ tool }: { readonly tool: ConnectTool }): ReactNode {
  const requests = useOperation('request.list', {}).data ?? [];
  const grants = useOperation('grant.list', {}).data ?? [];
  const records = useOperation('usage.list', newest).data?.records ?? [];
  const providerName = useProviderName();
  const [reviewed, setReviewed] = useState<string | null>(null);
  const arrival = judgeArrival(tool.names, { requests, grants, records });
  return (
    <Card title="Check that it arrived">
      <div className={classes.arrival}>
        <div className={classes.words} role="status">
          <Words arrival={arrival} tool={tool} />
        </div>
        <Act arrival={arrival} onReview={setReviewed} />
      </div>
      <ReviewDialog
        request={requests.find((request) => request.id === reviewed)}
        providerName={providerName}
        onClose={() => setReviewed(null)}
      />
    </Card>
  );
}
