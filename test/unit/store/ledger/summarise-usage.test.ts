import { afterEach, describe, expect, test } from 'vitest';
import { deleteRecordsBefore } from '#main/store/ledger/query-usage.ts';
import { overview, summarise, unknownKey } from '#main/store/ledger/summarise-usage.ts';
import type { UsageDimension, UsageRecord, UsageSummary, UsageTotals } from '#shared/model/usage.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';
import { ledgerDatabase, writeRecords } from './open-test-ledger.ts';
import { randomRecords, randomSource } from './random-records.ts';

const zoneBefore = process.env.TZ;
afterEach(() => {
  if (zoneBefore === undefined) delete process.env.TZ;
  else process.env.TZ = zoneBefore;
});

const iso = (at: number) => new Date(at).toISOString();

/** The same sums without a database: one pass over every record. */
function naiveSummary(
  records: readonly UsageRecord[],
  keyOf: (record: UsageRecord) => string,
): readonly UsageSummary[] {
  const sums = new Map<string, UsageSummary>();
  for (const record of records) {
    const key = keyOf(record);
    const sum = sums.get(key) ?? {
      key,
      requests: 0,
      inputTokens: 0,
      cachedInputTokens: 0,
      outputTokens: 0,
      costMicroUsd: 0,
      unpricedRequests: 0,
      estimatedRequests: 0,
    };
    sums.set(key, {
      key,
      requests: sum.requests + 1,
      inputTokens: sum.inputTokens + record.inputTokens,
      cachedInputTokens: sum.cachedInputTokens + record.cachedInputTokens,
      outputTokens: sum.outputTokens + record.outputTokens,
      costMicroUsd: sum.costMicroUsd + (record.costMicroUsd ?? 0),
      unpricedRequests: sum.unpricedRequests + (record.costMicroUsd === null && record.outcome !== 'denied' ? 1 : 0),
      estimatedRequests: sum.estimatedRequests + (record.estimated === true ? 1 : 0),
    });
  }
  return byKey([...sums.values()]);
}

function naiveTotals(records: readonly UsageRecord[]): UsageTotals {
  const [sum] = naiveSummary(records, () => 'all');
  const latencies = records
    .flatMap((record) => (record.outcome === 'denied' ? [] : [record.latencyMs]))
    .sort((left, right) => left - right);
  const rank = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? null;
  const { key: _key, ...measures } = sum ?? {
    key: '',
    requests: 0,
    inputTokens: 0,
    cachedInputTokens: 0,
    outputTokens: 0,
    costMicroUsd: 0,
    unpricedRequests: 0,
    estimatedRequests: 0,
  };
  return {
    ...measures,
    denied: records.filter(({ outcome }) => outcome === 'denied').length,
    failed: records.filter(({ outcome }) => outcome === 'upstream_error').length,
    medianLatencyMs: rank(0.5),
    p95LatencyMs: rank(0.95),
  };
}

const byKey = <T extends { readonly key: string }>(rows: readonly T[]): readonly T[] =>
  rows.toSorted((left, right) => (left.key < right.key ? -1 : 1));

const dayOf = (record: UsageRecord): string => {
  const at = new Date(record.startedAt);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`;
};

const keysOf: Readonly<Record<UsageDimension, (record: UsageRecord) => string>> = {
  tool: (record) => record.tool ?? unknownKey,
  model: (record) => record.model ?? unknownKey,
  provider: (record) => record.provider ?? unknownKey,
  credential: (record) => record.credentialId ?? unknownKey,
  day: dayOf,
};

const within = (records: readonly UsageRecord[], since: number, until: number) =>
  records.filter(({ startedAt }) => Date.parse(startedAt) >= since && Date.parse(startedAt) < until);

/** Zones with a whole, a half and a three-quarter hour, over the days on which two of them change their clocks. */
const zones = ['UTC', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
const since = Date.parse('2026-03-05T11:17:00.000Z');
const until = Date.parse('2026-04-08T03:41:13.007Z');

describe.each(zones)('sums equal those of one pass over every record in %s', (zone) => {
  test('for random spans, dimensions and buckets', () => {
    process.env.TZ = zone;
    const records = randomRecords({ seed: zone.length, count: 3_000, since, until });
    const database = ledgerDatabase();
    writeRecords(database, records);
    const random = randomSource(zone.length + 100);
    for (let round = 0; round < 12; round += 1) {
      const start = since + Math.floor(random() * (until - since));
      const end = start + Math.floor(random() ** 3 * (until - since));
      const span = { since: iso(start), until: iso(end) };
      const inside = within(records, start, end);
      for (const by of Object.keys(keysOf) as UsageDimension[]) {
        expect(byKey(summarise(database, { ...span, by })), `${by} ${span.since} ${span.until}`).toEqual(
          naiveSummary(inside, keysOf[by]),
        );
      }
      const seen = overview(database, { ...span, by: 'model', bucket: round % 2 === 0 ? 'hour' : 'day' }, end);
      expect(seen.totals).toEqual(naiveTotals(inside));
      expect(seen.previous).toEqual(naiveTotals(within(records, start - (end - start), start)));
      expect(seen.today).toEqual(
        naiveTotals(records.filter((record) => dayOf(record) === dayOf(usageRecord({ startedAt: iso(end) })))),
      );
      const bucketOf = (record: UsageRecord) => {
        const at = new Date(record.startedAt);
        return iso(round % 2 === 0 ? at.setMinutes(0, 0, 0) : at.setHours(0, 0, 0, 0));
      };
      const expected = naiveSummary(inside, (record) => `${bucketOf(record)} ${keysOf.model(record)}`);
      expect(
        byKey(
          seen.buckets.map(({ at, key, requests, costMicroUsd }) => ({ key: `${at} ${key}`, requests, costMicroUsd })),
        ),
      ).toEqual(expected.map(({ key, requests, costMicroUsd }) => ({ key, requests, costMicroUsd })));
      const served = inside.filter(({ outcome }) => outcome !== 'denied');
      const starts = [...new Set(served.map(bucketOf))].sort();
      expect(seen.latencies).toEqual(
        starts.map((at) => ({
          at,
          medianLatencyMs: naiveTotals(served.filter((record) => bucketOf(record) === at)).medianLatencyMs,
        })),
      );
    }
    database.close();
  });
});

describe('summarise', () => {
  test('has no end when none is named, and orders by cost or by day', () => {
    const database = ledgerDatabase();
    writeRecords(database, [
      usageRecord({ requestId: 'a', tool: 'cheap', costMicroUsd: 1, startedAt: '2026-11-21T09:00:00.000Z' }),
      usageRecord({ requestId: 'b', tool: 'dear', costMicroUsd: 9, startedAt: '2026-11-20T09:00:00.000Z' }),
      usageRecord({
        requestId: 'c',
        tool: null,
        costMicroUsd: null,
        outcome: 'denied',
        startedAt: '2999-01-01T00:00:00.000Z',
      }),
    ]);
    const keys = (by: UsageDimension) =>
      summarise(database, { since: '2026-01-01T00:00:00.000Z', by }).map(({ key }) => key);
    expect(keys('tool')).toEqual(['dear', 'cheap', unknownKey]);
    expect(keys('day')).toEqual(['2026-11-20', '2026-11-21', '2999-01-01']);
    database.close();
  });

  test('counts a request that was written twice once', () => {
    const database = ledgerDatabase();
    writeRecords(database, [usageRecord({ costMicroUsd: 7 })]);
    writeRecords(database, [usageRecord({ costMicroUsd: 99 }), usageRecord({ costMicroUsd: 99 })]);
    expect(summarise(database, { since: '2026-01-01T00:00:00.000Z', by: 'tool' })).toMatchObject([
      { requests: 1, costMicroUsd: 7 },
    ]);
    database.close();
  });

  test('writes a batch whole or not at all', () => {
    const database = ledgerDatabase();
    const broken = usageRecord({ requestId: 'broken', inputTokens: 1.5 });
    expect(() => writeRecords(database, [usageRecord(), broken])).toThrow();
    expect(summarise(database, { since: '2026-01-01T00:00:00.000Z', by: 'tool' })).toEqual([]);
    database.close();
  });
});

describe('overview', () => {
  test('is empty without records', () => {
    const database = ledgerDatabase();
    const seen = overview(database, { since: iso(since), until: iso(until), by: 'tool', bucket: 'day' }, until);
    expect(seen.buckets).toEqual([]);
    expect(seen.byTool).toEqual([]);
    expect(seen.totals).toEqual(naiveTotals([]));
    database.close();
  });

  test('names each tool’s models', () => {
    const database = ledgerDatabase();
    writeRecords(database, [
      usageRecord({ requestId: 'a', model: 'b-model' }),
      usageRecord({ requestId: 'b', model: 'a-model' }),
      usageRecord({ requestId: 'c', model: null }),
    ]);
    const seen = overview(
      database,
      { since: '2026-11-22T00:00:00.000Z', until: '2026-11-23T00:00:00.000Z', by: 'tool', bucket: 'day' },
      until,
    );
    expect(seen.byTool).toMatchObject([{ key: 'claude-code', requests: 3, models: ['a-model', 'b-model'] }]);
    database.close();
  });
});

describe('deleteRecordsBefore', () => {
  test('takes whole hours from rows and sums alike', () => {
    const database = ledgerDatabase();
    const records = randomRecords({ seed: 5, count: 500, since, until });
    writeRecords(database, records);
    const cut = Date.parse('2026-03-20T10:30:00.000Z');
    const kept = within(records, Date.parse('2026-03-20T10:00:00.000Z'), until);
    expect(deleteRecordsBefore(database, cut)).toBe(records.length - kept.length);
    expect(byKey(summarise(database, { since: iso(0), by: 'tool' }))).toEqual(naiveSummary(kept, keysOf.tool));
    database.close();
  });
});
