import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '#main/store/database.ts';
import { ledgerMigrations } from '#main/store/ledger/migrations.ts';
import { deleteRecordsBefore, listRecords } from '#main/store/ledger/query-usage.ts';
import { migrate } from '#main/store/migrate.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';
import { writeRecords } from './open-test-ledger.ts';

const columns = `request_id, started_ms, tool, grant_id, token_id, credential_id, provider, model, endpoint, stream, status, outcome,
  error_code, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_micro_usd, price_version,
  latency_ms, first_byte_ms, details`;

test('a ledger of the shape before shows the same rows, and its rows share what they have in common', () => {
  const database = openDatabase({ path: join(temporaryFolder(), 'ledger.db'), key: 'ab'.repeat(32) });
  migrate(
    database,
    ledgerMigrations.filter(({ number }) => number < 4),
  );
  const nothing = { tool: null, grantId: null, tokenId: null, credentialId: null, provider: null, model: null };
  const records = [
    usageRecord({ requestId: 'a' }),
    usageRecord({ requestId: 'b', inputTokens: 7, startedAt: '2026-11-22T08:00:00.000Z' }),
    usageRecord({
      requestId: 'c',
      ...nothing,
      outcome: 'denied',
      status: 401,
      errorCode: 'invalid_token',
      costMicroUsd: null,
    }),
    usageRecord({
      requestId: 'd',
      ...nothing,
      outcome: 'denied',
      status: 401,
      errorCode: 'invalid_token',
      firstByteMs: null,
    }),
    usageRecord({ requestId: 'e', estimated: true, stream: false }),
  ];
  for (const record of records) {
    const { estimated, startedAt, stream, ...own } = record;
    const values = { ...own, started: Date.parse(startedAt), stream: stream ? 1 : 0 };
    database.run(
      `INSERT INTO usage (${columns}) VALUES (${columns.replace(/\w+/g, '?')})`,
      ...[values.requestId, values.started, values.tool, values.grantId, values.tokenId, values.credentialId],
      ...[
        values.provider,
        values.model,
        values.endpoint,
        values.stream,
        values.status,
        values.outcome,
        values.errorCode,
      ],
      ...[values.inputTokens, values.cachedInputTokens, values.cacheWriteTokens, values.outputTokens],
      ...[values.reasoningTokens, values.costMicroUsd, values.priceVersion, values.latencyMs, values.firstByteMs],
      estimated === undefined ? null : JSON.stringify({ estimated }),
    );
  }
  migrate(database, ledgerMigrations);
  const listed = () => listRecords(database, { filter: {}, offset: 0, limit: 10 }).records;
  expect(listed()).toEqual([...records.filter(({ requestId }) => requestId !== 'b').reverse(), records[1]]);
  const kinds = () => Number(database.get('SELECT count(*) AS n FROM usage_kinds')?.n);
  expect(kinds()).toBe(3);

  writeRecords(database, [usageRecord({ requestId: 'f' }), usageRecord({ requestId: 'g', model: 'other' })]);
  expect(kinds()).toBe(4);
  expect(deleteRecordsBefore(database, Date.parse('2026-11-22T09:00:00.000Z'))).toBe(1);
  expect([listed().length, kinds()]).toEqual([6, 4]);
  expect(deleteRecordsBefore(database, Date.parse('2026-11-23T00:00:00.000Z'))).toBe(6);
  expect(kinds()).toBe(0);
  database.close();
});
