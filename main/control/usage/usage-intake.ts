import type { InterruptedRequest, Ledger } from '#main/store/ledger/ledger.ts';
import type { Facts } from '#shared/contract/port.ts';
import type { Clock } from '#shared/model/clock.ts';
import { errorDefinitions } from '#shared/model/error.ts';
import type { RunningRequest, UsageRecord } from '#shared/model/usage.ts';
import type { GrantBook } from '../grant/grant-book.ts';

/** Where rows and charges go; there is none while the vault is locked. */
export interface UsageSink {
  readonly ledger: Pick<Ledger, 'append'>;
  readonly grants: Pick<GrantBook, 'requestOpened' | 'requestSettled' | 'save'>;
}

/** Takes the gateway's facts: what runs, what ended, what it cost. */
export interface UsageIntake {
  take(facts: Facts): void;
  /** The gateway is gone: each request that was in flight gets the row it would never have sent. Returns how many there were. */
  gatewayLost(): number;
  /** Requests in flight, oldest first. */
  running(): readonly RunningRequest[];
  /** From now on rows go there; those that came before follow at once. */
  connect(sink: UsageSink): void;
}

/** Refused requests kept while there is no ledger; a flood of them must not fill the memory. */
const keptWithoutLedger = 10_000;

/** Makes an intake without a sink. */
export function createUsageIntake(options: { readonly clock: Clock }): UsageIntake {
  const opened = new Map<string, InterruptedRequest>();
  let waiting: UsageRecord[] = [];
  let sink: UsageSink | null = null;

  function open(request: RunningRequest): void {
    const isFurtherAttempt = opened.has(request.requestId);
    opened.set(request.requestId, { ...request, inputTokens: 0 });
    if (isFurtherAttempt) return;
    if (request.grantId !== null) sink?.grants.requestOpened(request.grantId);
  }

  function settle(record: UsageRecord): void {
    const wasOpened = opened.delete(record.requestId);
    if (record.grantId !== null && (wasOpened || record.outcome !== 'denied')) {
      if (!wasOpened) sink?.grants.requestOpened(record.grantId);
      sink?.grants.requestSettled(record.grantId, record.costMicroUsd ?? 0);
    }
  }

  function write(records: readonly UsageRecord[]): void {
    if (records.length === 0) return;
    if (sink === null) waiting = [...waiting, ...records].slice(-keptWithoutLedger);
    else sink.ledger.append(records);
  }

  function settleAll(records: readonly UsageRecord[]): void {
    for (const record of records) settle(record);
    write(records);
  }

  return {
    take(facts) {
      for (const request of facts.opened) open(request);
      for (const progress of facts.progress) {
        const request = opened.get(progress.requestId);
        if (request !== undefined) opened.set(progress.requestId, { ...request, ...progress });
      }
      settleAll(facts.settled);
      sink?.grants.save();
    },
    gatewayLost() {
      const interrupted = [...opened.values()];
      settleAll(interrupted.map((request) => interruptedRecord(request, options.clock.now())));
      sink?.grants.save();
      return interrupted.length;
    },
    running: () => [...opened.values()].map(({ inputTokens: _inputTokens, ...request }) => request),
    connect(next) {
      sink = next;
      const rows = waiting;
      waiting = [];
      write(rows);
    },
  };
}

/** The row of a request whose gateway died, with what was known of it. */
function interruptedRecord(request: InterruptedRequest, now: number): UsageRecord {
  return {
    requestId: request.requestId,
    startedAt: request.startedAt,
    tool: request.tool,
    grantId: request.grantId,
    tokenId: request.tokenId,
    credentialId: request.credentialId,
    provider: request.provider,
    model: request.model,
    endpoint: request.endpoint,
    stream: request.stream,
    status: errorDefinitions.gateway_exited.status,
    outcome: 'upstream_error',
    errorCode: 'gateway_exited',
    inputTokens: request.inputTokens,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: request.outputTokens,
    reasoningTokens: 0,
    costMicroUsd: request.costMicroUsd,
    priceVersion: null,
    latencyMs: Math.max(0, Math.round(now - Date.parse(request.startedAt))),
    firstByteMs: null,
  };
}
