import type { UsageRecord } from '#shared/model/usage.ts';
import type { Database } from '../database.ts';
import { hourMs } from './aggregate.ts';

const addSql = `
  INSERT INTO usage_hours (hour_ms, tool, provider, model, credential_id, requests, denied, failed, input_tokens, cached_input_tokens,
    output_tokens, cost_micro_usd, unpriced_requests, estimated_requests, last_used_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (hour_ms, tool, provider, model, credential_id) DO UPDATE SET requests = requests + excluded.requests,
    denied = denied + excluded.denied, failed = failed + excluded.failed, input_tokens = input_tokens + excluded.input_tokens,
    cached_input_tokens = cached_input_tokens + excluded.cached_input_tokens, output_tokens = output_tokens + excluded.output_tokens,
    cost_micro_usd = cost_micro_usd + excluded.cost_micro_usd, unpriced_requests = unpriced_requests + excluded.unpriced_requests,
    estimated_requests = estimated_requests + excluded.estimated_requests,
    last_used_ms = max(coalesce(last_used_ms, excluded.last_used_ms), coalesce(excluded.last_used_ms, last_used_ms))`;

interface HourSum {
  readonly hour: number;
  readonly record: UsageRecord;
  requests: number;
  denied: number;
  failed: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  costMicroUsd: number;
  unpricedRequests: number;
  estimatedRequests: number;
  lastUsed: number | null;
}

/** Adds records to the sums of their hours, with one statement per hour and kind. */
export function addToHours(database: Database, records: readonly UsageRecord[]): void {
  const sums = new Map<string, HourSum>();
  for (const record of records) {
    const startedAt = Date.parse(record.startedAt);
    const hour = Math.floor(startedAt / hourMs) * hourMs;
    const key = `${hour}\u0000${record.tool}\u0000${record.provider}\u0000${record.model}\u0000${record.credentialId}`;
    const known = sums.get(key);
    const sum = known ?? emptySum(hour, record);
    if (known === undefined) sums.set(key, sum);
    addRecord(sum, record, startedAt);
  }
  for (const sum of sums.values()) write(database, sum);
}

function addRecord(sum: HourSum, record: UsageRecord, startedAt: number): void {
  const isDenied = record.outcome === 'denied';
  sum.requests += 1;
  sum.inputTokens += record.inputTokens;
  sum.cachedInputTokens += record.cachedInputTokens;
  sum.outputTokens += record.outputTokens;
  sum.costMicroUsd += record.costMicroUsd ?? 0;
  if (isDenied) sum.denied += 1;
  else sum.lastUsed = Math.max(sum.lastUsed ?? startedAt, startedAt);
  if (record.outcome === 'upstream_error') sum.failed += 1;
  if (record.costMicroUsd === null && !isDenied) sum.unpricedRequests += 1;
  if (record.estimated === true) sum.estimatedRequests += 1;
}

function write(database: Database, sum: HourSum): void {
  const { tool, provider, model, credentialId } = sum.record;
  database.run(
    addSql,
    ...[sum.hour, tool ?? '', provider ?? '', model ?? '', credentialId ?? ''],
    ...[sum.requests, sum.denied, sum.failed, sum.inputTokens, sum.cachedInputTokens, sum.outputTokens],
    ...[sum.costMicroUsd, sum.unpricedRequests, sum.estimatedRequests, sum.lastUsed],
  );
}

function emptySum(hour: number, record: UsageRecord): HourSum {
  return {
    ...{ hour, record, requests: 0, denied: 0, failed: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
    ...{ costMicroUsd: 0, unpricedRequests: 0, estimatedRequests: 0, lastUsed: null },
  };
}
