import type { Migration } from '../migrate.ts';

/**
 * The ledger's shape, step by step. `usage_rows` holds what is each request's own, `usage_kinds` what many share, and the view
 * `usage` shows both as one row per request: a row takes a third of the room, and each page it saves is one less to encrypt. A kind
 * may be there twice, since nothing goes by its number alone. `usage_hours` holds sums per hour (of UTC) and kind of use, written
 * in the same transaction, so that an overview does not read every row. There, an empty text stands for none.
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
  {
    number: 4,
    name: 'what rows share is there once',
    sql: `
      CREATE TABLE usage_kinds (
        kind INTEGER PRIMARY KEY, tool TEXT, grant_id TEXT, token_id TEXT, credential_id TEXT, provider TEXT, model TEXT,
        endpoint TEXT NOT NULL, stream INTEGER NOT NULL, status INTEGER NOT NULL, outcome TEXT NOT NULL, error_code TEXT,
        price_version TEXT
      ) STRICT;
      INSERT INTO usage_kinds (tool, grant_id, token_id, credential_id, provider, model, endpoint, stream, status, outcome,
        error_code, price_version)
      SELECT DISTINCT tool, grant_id, token_id, credential_id, provider, model, endpoint, stream, status, outcome, error_code,
        price_version FROM usage;
      CREATE INDEX usage_kind_values ON usage_kinds (token_id, endpoint, model);
      CREATE TABLE usage_rows (
        sequence INTEGER PRIMARY KEY, request_id TEXT NOT NULL UNIQUE, started_ms INTEGER NOT NULL, kind INTEGER NOT NULL,
        input_tokens INTEGER NOT NULL, cached_input_tokens INTEGER NOT NULL, cache_write_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL, cost_micro_usd INTEGER,
        latency_ms INTEGER NOT NULL, first_byte_ms INTEGER, details TEXT
      ) STRICT;
      INSERT INTO usage_rows (sequence, request_id, started_ms, kind, input_tokens, cached_input_tokens, cache_write_tokens,
        output_tokens, reasoning_tokens, cost_micro_usd, latency_ms, first_byte_ms, details)
      SELECT u.sequence, u.request_id, u.started_ms, k.kind, u.input_tokens, u.cached_input_tokens, u.cache_write_tokens,
        u.output_tokens, u.reasoning_tokens, u.cost_micro_usd, u.latency_ms, u.first_byte_ms, u.details
      FROM usage u CROSS JOIN usage_kinds k ON k.token_id IS u.token_id AND k.endpoint = u.endpoint AND k.model IS u.model
        AND k.tool IS u.tool AND k.grant_id IS u.grant_id AND k.credential_id IS u.credential_id AND k.provider IS u.provider
        AND k.stream = u.stream AND k.status = u.status AND k.outcome = u.outcome AND k.error_code IS u.error_code
        AND k.price_version IS u.price_version
      ORDER BY u.sequence;
      DROP TABLE usage;
      CREATE INDEX usage_latency ON usage_rows (started_ms, kind, latency_ms);
      CREATE VIEW usage AS
        SELECT sequence, request_id, started_ms, tool, grant_id, token_id, credential_id, provider, model, endpoint, stream, status,
          outcome, error_code, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
          cost_micro_usd, price_version, latency_ms, first_byte_ms, details
        FROM usage_rows LEFT JOIN usage_kinds USING (kind);
    `,
  },
];
