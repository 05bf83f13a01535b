import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { CopyButton } from '#renderer/components/copy-button.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { formatCount } from '#renderer/components/format/count.ts';
import { formatExactTime, formatLatency } from '#renderer/components/format/time.ts';
import { KeyValue } from '#renderer/components/key-value.tsx';
import { errorDefinitions, isErrorCode } from '#shared/model/error.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import classes from './activity.module.css';
import { CostExplained } from './cost-explanation.tsx';
import { OutcomePill, outcomes } from './outcome-pill.tsx';

type Facts = readonly (readonly [name: string, value: ReactNode])[];

const nothing = '\u2014';

function Section({ title, facts }: { readonly title: string; readonly facts: Facts }): ReactNode {
  return (
    <section className={classes.section}>
      <h3>{title}</h3>
      <KeyValue facts={facts} />
    </section>
  );
}

function Id({ id, name }: { readonly id: string | null; readonly name: string }): ReactNode {
  if (id === null) return nothing;
  return (
    <span className={classes.id}>
      <code>{id}</code>
      <CopyButton text={id} label={`Copy the ${name}`} iconOnly />
    </span>
  );
}

/** What a stable error code means and what to do about it; nothing for a code that is not ours. */
function ErrorNote({ code }: { readonly code: string | null }): ReactNode {
  if (code === null) return null;
  return (
    <div className={classes.error}>
      <code>{code}</code>
      <p>{isErrorCode(code) ? errorDefinitions[code].message : 'The provider\u2019s own documentation explains it.'}</p>
    </div>
  );
}

const detailNames = {
  longCacheWriteTokens: 'for an hour',
  inputAudioTokens: 'sound in',
  cachedAudioTokens: 'cached sound',
  inputImageTokens: 'pictures in',
  cachedImageTokens: 'cached pictures',
  inputVideoTokens: 'video in',
  outputAudioTokens: 'sound out',
  outputImageTokens: 'pictures out',
  outputVideoTokens: 'video out',
  webSearches: 'web searches',
  audioSeconds: 'seconds of sound',
} as const satisfies Partial<Record<keyof UsageRecord, string>>;

function tokenFacts(record: UsageRecord): Facts {
  const about = record.estimated === true ? '\u2248 ' : '';
  const rare = (Object.keys(detailNames) as (keyof typeof detailNames)[]).flatMap((name) => {
    const amount = record[name];
    return amount === undefined ? [] : [[detailNames[name], formatCount(amount)] as const];
  });
  return [
    ['Input', `${about}${formatCount(record.inputTokens)}`],
    ['from the cache', formatCount(record.cachedInputTokens)],
    ['into the cache', formatCount(record.cacheWriteTokens)],
    ['Output', `${about}${formatCount(record.outputTokens)}`],
    ['reasoning', formatCount(record.reasoningTokens)],
    ...rare,
    ...(record.serviceTier === undefined ? [] : [['Service', record.serviceTier] as const]),
  ];
}

function Details({ record }: { readonly record: UsageRecord }): ReactNode {
  const providerName = useProviderName();
  const credential = useOperation('credential.list', {}).data?.find(({ id }) => id === record.credentialId);
  return (
    <div className={classes.details}>
      <div className={classes.lead}>
        <OutcomePill record={record} />
        <span>{outcomes[record.outcome].sentence}</span>
      </div>
      <ErrorNote code={record.errorCode} />
      <Section
        title="Call"
        facts={[
          ['Started', formatExactTime(Date.parse(record.startedAt))],
          ['Tool', record.tool ?? 'unknown'],
          ['Provider', record.provider === null ? nothing : providerName(record.provider)],
          ['Model', record.model === null ? nothing : <code key="model">{record.model}</code>],
          ['Endpoint', <code key="endpoint">{record.endpoint}</code>],
          ['Status', `${record.status}${record.stream ? ', streamed' : ''}`],
          ['First byte', record.firstByteMs === null ? nothing : formatLatency(record.firstByteMs)],
          ['Took', formatLatency(record.latencyMs)],
        ]}
      />
      <Section title="Tokens" facts={tokenFacts(record)} />
      <CostExplained record={record} />
      <Section
        title="Ids"
        facts={[
          ['Request', <Id key="request" id={record.requestId} name="request id" />],
          [
            'Key',
            credential === undefined
              ? (record.credentialId ?? nothing)
              : `${credential.label} ${credential.fingerprint}`,
          ],
          ['Grant', <Id key="grant" id={record.grantId} name="grant id" />],
          ['Token', <Id key="token" id={record.tokenId} name="token id" />],
        ]}
      />
      <p className={classes.quiet}>Prompts and answers are not stored.</p>
    </div>
  );
}

function FoundDetails({
  requestId,
  known,
}: {
  readonly requestId: string;
  readonly known: UsageRecord | null;
}): ReactNode {
  const isKnown = known?.requestId === requestId;
  const found = useOperation('usage.list', { filter: { requestId }, offset: 0, limit: 1 }, { enabled: !isKnown });
  const record = isKnown ? known : found.data?.records.find((each) => each.requestId === requestId);
  if (record !== undefined && record !== null) return <Details record={record} />;
  if (found.error !== null)
    return <ErrorState title="The request could not be read" error={found.error} onRetry={found.retry} />;
  if (found.isLoading || found.isPrevious) return null;
  return <p className={classes.quiet}>There is no request {requestId} any more.</p>;
}

interface RequestDetailsProps {
  /** Id of the request to show; undefined closes the panel. */
  readonly requestId: string | undefined;
  /** The record, if the list has it at hand. */
  readonly known: UsageRecord | null;
  onClose(): void;
}

/** Everything on record about one request, at the side of the list. */
export function RequestDetails({ requestId, known, onClose }: RequestDetailsProps): ReactNode {
  return (
    <Drawer
      opened={requestId !== undefined}
      onClose={onClose}
      position="right"
      size={400}
      title="Request"
      overlayProps={{ backgroundOpacity: 0.12 }}
      transitionProps={{ duration: 120 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {requestId === undefined ? null : <FoundDetails requestId={requestId} known={known} />}
    </Drawer>
  );
}
