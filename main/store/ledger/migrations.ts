import type { Migration } from '../migrate.ts';

/**
 * The ledger's shape, step by step. `usage` holds one row per request; `usage_hours` holds their sums per hour (of UTC) and
 * kind, written in the same transaction, so that an overview does not read every row. There, an empty text stands for none.
 */
export const ledgerMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'first ledger',
    sql: `
      CREATE TABLE usage (
        sequence INTEGER PRIMARY KEY, request_id TEXT NOT NULL UNIQUE, started_ms INTEGER NOT NULL,
        tool TEXT, grant_id TEXT, token_id TEXT, credential_id TEXT, provider TEXT, model TEXT,
        endpoint TEXT NOT NULL, stream INTEGER NOT NULL, status INTEGER NOT NULL, outcome TEXT NOT NULL, error_code TEXT,
        input_tokens INTEGER NOT NULL, cached_input_tokens INTEGER NOT NULL, cache_write_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL, cost_micro_usd INTEGER, price_version TEXT,
        latency_ms INTEGER NOT NULL, first_byte_ms INTEGER
      ) STRICT;
      CREATE INDEX usage_time ON usage (started_ms);
      CREATE INDEX usage_latency ON usage (started_ms, outcome, latency_ms);
      CREATE INDEX usage_grant ON usage (grant_id, outcome, cost_micro_usd) WHERE grant_id IS NOT NULL;
      CREATE INDEX usage_tool ON usage (tool, grant_id, outcome, cost_micro_usd) WHERE grant_id IS NOT NULL;

      CREATE TABLE usage_hours (
        hour_ms INTEGER NOT NULL, tool TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, credential_id TEXT NOT NULL,
        requests INTEGER NOT NULL, denied INTEGER NOT NULL, failed INTEGER NOT NULL,
        input_tokens INTEGER NOT NULL, cached_input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
        cost_micro_usd INTEGER NOT NULL, unpriced_requests INTEGER NOT NULL, last_used_ms INTEGER,
        PRIMARY KEY (hour_ms, tool, provider, model, credential_id)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    number: 2,
    name: 'details, and no index twice',
    sql: `
      ALTER TABLE usage ADD COLUMN details TEXT;
      DROP INDEX usage_time;
    `,
  },
  {
    number: 3,
    name: 'estimated calls in the sums',
    sql: 'ALTER TABLE usage_hours ADD COLUMN estimated_requests INTEGER NOT NULL DEFAULT 0;',
  },
];
