import type { UsageRecord } from '#shared/model/usage.ts';
import type { Database } from '../database.ts';
import { hourMs } from './aggregate.ts';

const insertSql = `
  INSERT OR IGNORE INTO usage (request_id, started_ms, tool, grant_id, token_id, credential_id, provider, model, endpoint, stream, status,
    outcome, error_code, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_micro_usd,
    price_version, latency_ms, first_byte_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const addToHourSql = `
  INSERT INTO usage_hours (hour_ms, tool, provider, model, credential_id, requests, denied, failed, input_tokens, cached_input_tokens,
    output_tokens, cost_micro_usd, unpriced_requests, last_used_ms)
  VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (hour_ms, tool, provider, model, credential_id) DO UPDATE SET requests = requests + 1,
    denied = denied + excluded.denied, failed = failed + excluded.failed, input_tokens = input_tokens + excluded.input_tokens,
    cached_input_tokens = cached_input_tokens + excluded.cached_input_tokens, output_tokens = output_tokens + excluded.output_tokens,
    cost_micro_usd = cost_micro_usd + excluded.cost_micro_usd, unpriced_requests = unpriced_requests + excluded.unpriced_requests,
    last_used_ms = max(coalesce(last_used_ms, excluded.last_used_ms), coalesce(excluded.last_used_ms, last_used_ms))`;

/** Writes all of the records or none. A request id that is already there keeps its first row. */
export function writeRecords(database: Database, records: readonly UsageRecord[]): void {
  database.transaction(() => {
    for (const record of records) {
      if (insert(database, record)) addToHour(database, record);
    }
  });
}

/** Deletes whole hours that ended at or before `before` (milliseconds since the epoch); returns how many records went. */
export function deleteRecordsBefore(database: Database, before: number): number {
  const hour = Math.floor(before / hourMs) * hourMs;
  return database.transaction(() => {
    database.run('DELETE FROM usage_hours WHERE hour_ms < ?', hour);
    return database.run('DELETE FROM usage WHERE started_ms < ?', hour);
  });
}

function insert(database: Database, record: UsageRecord): boolean {
  const changed = database.run(
    insertSql,
    record.requestId,
    Date.parse(record.startedAt),
    record.tool,
    record.grantId,
    record.tokenId,
    record.credentialId,
    record.provider,
    record.model,
    record.endpoint,
    record.stream ? 1 : 0,
    record.status,
    record.outcome,
    record.errorCode,
    record.inputTokens,
    record.cachedInputTokens,
    record.cacheWriteTokens,
    record.outputTokens,
    record.reasoningTokens,
    record.costMicroUsd,
    record.priceVersion,
    record.latencyMs,
    record.firstByteMs,
  );
  return changed > 0;
}

function addToHour(database: Database, record: UsageRecord): void {
  const startedMs = Date.parse(record.startedAt);
  const denied = record.outcome === 'denied';
  database.run(
    addToHourSql,
    Math.floor(startedMs / hourMs) * hourMs,
    record.tool ?? '',
    record.provider ?? '',
    record.model ?? '',
    record.credentialId ?? '',
    denied ? 1 : 0,
    record.outcome === 'upstream_error' ? 1 : 0,
    record.inputTokens,
    record.cachedInputTokens,
    record.outputTokens,
    record.costMicroUsd ?? 0,
    record.costMicroUsd === null && !denied ? 1 : 0,
    denied ? null : startedMs,
  );
}
