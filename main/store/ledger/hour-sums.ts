import { ownUsagePlace, ownUsageWidth, type SharedUsage, type UsageGroup } from '#shared/model/usage-group.ts';
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
  readonly shared: SharedUsage;
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

/** Adds rows to the sums of their hours, with one statement per hour and kind of use. */
export function addToHours(database: Database, groups: readonly UsageGroup[]): void {
  const sums = new Map<string, HourSum>();
  for (const group of groups) addGroup(sums, group);
  for (const sum of sums.values()) write(database, sum);
}

function addGroup(sums: Map<string, HourSum>, group: UsageGroup): void {
  let sum: HourSum | null = null;
  for (let index = 0; index < group.size; index += 1) {
    const startedAt = group.startedAt(index);
    if (sum === null || startedAt < sum.hour || startedAt >= sum.hour + hourMs)
      sum = sumOf(sums, group.shared, Math.floor(startedAt / hourMs) * hourMs);
    addRow(sum, group, index);
  }
}

function sumOf(sums: Map<string, HourSum>, shared: SharedUsage, hour: number): HourSum {
  const key = `${hour}\u0000${shared.tool}\u0000${shared.provider}\u0000${shared.model}\u0000${shared.credentialId}`;
  const sum = sums.get(key) ?? {
    ...{ hour, shared, requests: 0, denied: 0, failed: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
    ...{ costMicroUsd: 0, unpricedRequests: 0, estimatedRequests: 0, lastUsed: null },
  };
  sums.set(key, sum);
  return sum;
}

function addRow(sum: HourSum, group: UsageGroup, index: number): void {
  const { own, shared } = group;
  const at = index * ownUsageWidth;
  const isDenied = shared.outcome === 'denied';
  const costMicroUsd = group.costMicroUsd(index);
  const rest = own[at + ownUsagePlace.rest] as { readonly estimated?: boolean } | null;
  sum.requests += 1;
  sum.inputTokens += own[at + ownUsagePlace.inputTokens] as number;
  sum.cachedInputTokens += own[at + ownUsagePlace.cachedInputTokens] as number;
  sum.outputTokens += own[at + ownUsagePlace.outputTokens] as number;
  sum.costMicroUsd += costMicroUsd ?? 0;
  if (isDenied) sum.denied += 1;
  else sum.lastUsed = Math.max(sum.lastUsed ?? 0, group.startedAt(index));
  if (shared.outcome === 'upstream_error') sum.failed += 1;
  if (costMicroUsd === null && !isDenied) sum.unpricedRequests += 1;
  if (rest?.estimated === true) sum.estimatedRequests += 1;
}

function write(database: Database, sum: HourSum): void {
  const { tool, provider, model, credentialId } = sum.shared;
  database.run(
    addSql,
    ...[sum.hour, tool ?? '', provider ?? '', model ?? '', credentialId ?? ''],
    ...[sum.requests, sum.denied, sum.failed, sum.inputTokens, sum.cachedInputTokens, sum.outputTokens],
    ...[sum.costMicroUsd, sum.unpricedRequests, sum.estimatedRequests, sum.lastUsed],
  );
}
