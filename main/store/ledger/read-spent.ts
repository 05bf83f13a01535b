import type { Database, SqlValue } from '../database.ts';
import { hourMs } from './aggregate.ts';
import type { Spent, SpentQuery } from './ledger.ts';

interface Span {
  readonly since: number;
  readonly until: number;
}

const endOfTime = Number.MAX_SAFE_INTEGER;

/** What the calls of one subject that began at or after `since` cost and used, for each query: whole hours from their sums, the rest from the rows. */
export function readSpent(database: Database, queries: readonly SpentQuery[]): readonly Spent[] {
  return queries.map((query) => {
    const firstHour = Math.ceil(query.since / hourMs) * hourMs;
    return plus(
      sum(database, 'rows', { since: query.since, until: firstHour }, query),
      sum(database, 'hours', { since: firstHour, until: endOfTime }, query),
    );
  });
}

const tables = {
  rows: {
    from: 'usage',
    at: 'started_ms',
    requests: "sum(outcome <> 'denied' OR coalesce(cost_micro_usd, 0) > 0)",
  },
  hours: { from: 'usage_hours', at: 'hour_ms', requests: 'sum(requests - denied)' },
} as const;

function sum(database: Database, table: keyof typeof tables, span: Span, query: SpentQuery): Spent {
  const { from, at, requests } = tables[table];
  const conditions = [`${at} >= ?`, `${at} < ?`];
  const values: SqlValue[] = [span.since, span.until];
  for (const [column, value] of [
    ['tool', query.tool],
    ['credential_id', query.credentialId],
  ] as const) {
    if (value === undefined) continue;
    conditions.push(`${column} = ?`);
    values.push(value);
  }
  const row = database.get(
    `SELECT coalesce(sum(cost_micro_usd), 0) AS cost, coalesce(sum(input_tokens + output_tokens), 0) AS tokens,
       coalesce(${requests}, 0) AS requests FROM ${from} WHERE ${conditions.join(' AND ')}`,
    ...values,
  );
  return { costMicroUsd: Number(row?.cost), tokens: Number(row?.tokens), requests: Number(row?.requests) };
}

function plus(left: Spent, right: Spent): Spent {
  return {
    costMicroUsd: left.costMicroUsd + right.costMicroUsd,
    tokens: left.tokens + right.tokens,
    requests: left.requests + right.requests,
  };
}
