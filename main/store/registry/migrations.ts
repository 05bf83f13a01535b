import type { Migration } from '../migrate.ts';

/** The registry's shape, step by step. Times named `_at` are ISO 8601, times named `_ms` milliseconds since the epoch. */
export const registryMigrations: readonly Migration[] = [
  {
    number: 1,
    name: 'first registry',
    sql: `
      CREATE TABLE credentials (
        id TEXT PRIMARY KEY, provider TEXT NOT NULL, definition TEXT NOT NULL, label TEXT NOT NULL, fingerprint TEXT NOT NULL,
        base_url TEXT NOT NULL, is_default INTEGER NOT NULL, version INTEGER NOT NULL, vault_item TEXT NOT NULL,
        created_at TEXT NOT NULL, rotated_at TEXT NOT NULL, verification TEXT
      ) STRICT;
      CREATE UNIQUE INDEX credentials_default ON credentials (provider) WHERE is_default = 1;

      CREATE TABLE vault_items (name TEXT PRIMARY KEY, expected_ms INTEGER NOT NULL) STRICT;

      CREATE TABLE grants (
        id TEXT PRIMARY KEY, request_id TEXT NOT NULL, tool TEXT NOT NULL, scopes TEXT NOT NULL, status TEXT NOT NULL,
        created_at TEXT NOT NULL, expires_at TEXT NOT NULL, ended_at TEXT, ended_by TEXT,
        uses INTEGER, uses_left INTEGER, budget_micro_usd INTEGER, budget_left_micro_usd INTEGER, spent_micro_usd INTEGER NOT NULL,
        until_lock INTEGER NOT NULL, purpose TEXT, process TEXT, approved_by TEXT NOT NULL
      ) STRICT;
      CREATE INDEX grants_status ON grants (status, created_at);
      CREATE INDEX grants_tool ON grants (tool, created_at);

      CREATE TABLE tokens (
        id TEXT PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES grants (id), issued_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
        revoked_ms INTEGER, reference_hash TEXT
      ) STRICT;
      CREATE INDEX tokens_grant ON tokens (grant_id);
      CREATE INDEX tokens_expiry ON tokens (expires_ms);
      CREATE UNIQUE INDEX tokens_reference ON tokens (reference_hash) WHERE reference_hash IS NOT NULL;

      CREATE TABLE policies (
        id TEXT PRIMARY KEY, effect TEXT NOT NULL, tool TEXT NOT NULL, scopes TEXT NOT NULL, executable TEXT, folder TEXT,
        ttl_seconds INTEGER NOT NULL, uses INTEGER, budget_micro_usd INTEGER, created_at TEXT NOT NULL, created_by TEXT NOT NULL
      ) STRICT;

      CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
      CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

      CREATE TABLE signing_keys (kid TEXT PRIMARY KEY, public_jwk TEXT NOT NULL, created_ms INTEGER NOT NULL, state TEXT NOT NULL) STRICT;

      CREATE TABLE oauth_state (
        model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, user_code TEXT, uid TEXT,
        consumed_ms INTEGER, expires_ms INTEGER, PRIMARY KEY (model, id)
      ) STRICT;
      CREATE INDEX oauth_state_grant ON oauth_state (grant_id) WHERE grant_id IS NOT NULL;
      CREATE INDEX oauth_state_user_code ON oauth_state (model, user_code) WHERE user_code IS NOT NULL;
      CREATE INDEX oauth_state_uid ON oauth_state (model, uid) WHERE uid IS NOT NULL;
      CREATE INDEX oauth_state_expiry ON oauth_state (expires_ms) WHERE expires_ms IS NOT NULL;

      CREATE TABLE audit (
        sequence INTEGER PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, actor TEXT NOT NULL, subject TEXT NOT NULL,
        detail TEXT NOT NULL, hash TEXT NOT NULL
      ) STRICT;
      CREATE TABLE audit_head (only INTEGER PRIMARY KEY CHECK (only = 1), entries INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
      INSERT INTO audit_head VALUES (1, 0, '');
    `,
  },
  {
    number: 2,
    name: 'pools and aliases',
    sql: `
      ALTER TABLE credentials ADD COLUMN weight INTEGER;
      CREATE TABLE aliases (
        name TEXT PRIMARY KEY, targets TEXT NOT NULL, timeouts TEXT NOT NULL, fallback_on TEXT NOT NULL,
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL
      ) STRICT;
    `,
  },
  {
    number: 3,
    name: 'limits',
    sql: `
      CREATE TABLE limits (
        id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, subject TEXT NOT NULL, rule TEXT NOT NULL, warn_at TEXT NOT NULL,
        created_at TEXT NOT NULL, created_by TEXT NOT NULL, window_ms INTEGER NOT NULL, used_micro_usd INTEGER NOT NULL,
        top_up_micro_usd INTEGER NOT NULL, warned_percent INTEGER
      ) STRICT;
    `,
  },
  {
    number: 4,
    name: 'open requests',
    sql: 'CREATE TABLE open_requests (request_id TEXT PRIMARY KEY, request TEXT NOT NULL) STRICT;',
  },
  {
    number: 5,
    name: 'grants of sub-agents, bound tokens, and when a signing key signs',
    sql: `
      ALTER TABLE grants ADD COLUMN parent_grant_id TEXT REFERENCES grants (id);
      ALTER TABLE grants ADD COLUMN delegate TEXT;
      ALTER TABLE tokens ADD COLUMN client_id TEXT;
      ALTER TABLE tokens ADD COLUMN key_thumbprint TEXT;
      ALTER TABLE signing_keys ADD COLUMN activated_ms INTEGER;
      ALTER TABLE signing_keys ADD COLUMN deactivated_ms INTEGER;
      UPDATE signing_keys SET activated_ms = created_ms;
      UPDATE signing_keys SET deactivated_ms = (SELECT max(created_ms) FROM signing_keys) WHERE state <> 'active';
    `,
  },
  {
    number: 6,
    name: 'alerts and the rules that raise them',
    sql: `
      CREATE TABLE alerts (
        id TEXT PRIMARY KEY, key TEXT NOT NULL, rule TEXT NOT NULL, tool TEXT, sentence TEXT NOT NULL, evidence TEXT NOT NULL,
        request_id TEXT, audit_sequence INTEGER, grant_id TEXT, done TEXT NOT NULL, count INTEGER NOT NULL,
        first_at TEXT NOT NULL, last_at TEXT NOT NULL, read_at TEXT
      ) STRICT;
      CREATE INDEX alerts_key ON alerts (key, last_at);
      CREATE INDEX alerts_time ON alerts (last_at);
      CREATE TABLE watch_rules (rule TEXT PRIMARY KEY, action TEXT NOT NULL, thresholds TEXT NOT NULL) STRICT;
    `,
  },
  {
    number: 7,
    name: 'rotation',
    sql: `
      CREATE TABLE rotations (
        id TEXT PRIMARY KEY, credential_id TEXT NOT NULL, provider TEXT NOT NULL, label TEXT NOT NULL, trigger TEXT NOT NULL,
        state TEXT NOT NULL, direction TEXT NOT NULL, step TEXT NOT NULL, failures INTEGER NOT NULL, key_name TEXT NOT NULL,
        old_key TEXT NOT NULL, new_key TEXT NOT NULL, old_item TEXT NOT NULL, new_item TEXT NOT NULL, old_verification TEXT,
        new_verification TEXT, started_at TEXT NOT NULL, step_since TEXT NOT NULL, ended_at TEXT, resume_at TEXT, waiting_for TEXT,
        problem TEXT, forced INTEGER NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX rotations_open ON rotations (credential_id) WHERE ended_at IS NULL;
      CREATE INDEX rotations_credential ON rotations (credential_id, started_at);
      CREATE TABLE rotation_steps (
        rotation_id TEXT NOT NULL REFERENCES rotations (id), sequence INTEGER NOT NULL, step TEXT NOT NULL, begun_at TEXT NOT NULL,
        ended_at TEXT, outcome TEXT NOT NULL, message TEXT, PRIMARY KEY (rotation_id, sequence)
      ) STRICT;
      CREATE TABLE rotation_setups (
        credential_id TEXT PRIMARY KEY, admin_key_id TEXT, parameters TEXT NOT NULL, schedule TEXT, paused INTEGER NOT NULL,
        next_at TEXT, reminded_at TEXT
      ) STRICT;
      CREATE TABLE admin_keys (
        id TEXT PRIMARY KEY, provider TEXT NOT NULL, label TEXT NOT NULL, fingerprint TEXT NOT NULL, vault_item TEXT NOT NULL,
        created_at TEXT NOT NULL
      ) STRICT;
    `,
  },
  {
    number: 8,
    name: 'asked requests, and policies bound to a program\u2019s content',
    sql: `
      ALTER TABLE policies ADD COLUMN executable_hash TEXT;
      CREATE TABLE asked_requests (
        id TEXT PRIMARY KEY, asked_ms INTEGER NOT NULL, way TEXT NOT NULL, demand TEXT NOT NULL, process TEXT, unusual INTEGER NOT NULL,
        outcome TEXT NOT NULL, granted TEXT
      ) STRICT;
      CREATE INDEX asked_requests_time ON asked_requests (asked_ms);
    `,
  },
  {
    number: 9,
    name: 'grants bound to processes',
    sql: 'ALTER TABLE grants ADD COLUMN binding TEXT;',
  },
  {
    number: 10,
    name: 'what being away means, and what ends a grant',
    sql: `
      INSERT OR IGNORE INTO settings (name, value) SELECT 'whenScreenLocks', '"end"' FROM settings WHERE name = 'endGrantsOnLock' AND value = 'true';
      INSERT OR IGNORE INTO settings (name, value) SELECT 'whenAsleep', '"end"' FROM settings WHERE name = 'endGrantsOnLock' AND value = 'true';
      DELETE FROM settings WHERE name = 'endGrantsOnLock';
      ALTER TABLE grants ADD COLUMN ends_when TEXT;
    `,
  },
  {
    number: 11,
    name: 'changes of keys that a person makes',
    sql: 'ALTER TABLE rotations ADD COLUMN guided INTEGER NOT NULL DEFAULT 0;',
  },
  {
    number: 12,
    name: 'policies bound to who speaks',
    sql: 'ALTER TABLE policies ADD COLUMN speaker TEXT;',
  },
  {
    number: 13,
    name: 'credentials without a stored key',
    sql: 'ALTER TABLE credentials ADD COLUMN identity TEXT;',
  },
];
