import type { Database, Row } from '../database.ts';
import { text } from '../row.ts';
import type { TokenRecord, TokenStore } from './registry.ts';

function toToken(row: Row): TokenRecord {
  return {
    id: String(row.id),
    grantId: String(row.grant_id),
    issuedAt: Number(row.issued_ms),
    expiresAt: Number(row.expires_ms),
    revokedAt: row.revoked_ms === null ? null : Number(row.revoked_ms),
    referenceHash: text(row.reference_hash),
    clientId: text(row.client_id),
    keyThumbprint: text(row.key_thumbprint),
  };
}

/** Tokens on a registry database. */
export function createTokenStore(database: Database): TokenStore {
  function findBy(column: 'id' | 'reference_hash', value: string): TokenRecord | null {
    const row = database.get(`SELECT * FROM tokens WHERE ${column} = ?`, value);
    return row ? toToken(row) : null;
  }

  return {
    insert(token) {
      database.run(
        'INSERT INTO tokens (id, grant_id, issued_ms, expires_ms, revoked_ms, reference_hash, client_id, key_thumbprint) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        token.id,
        token.grantId,
        token.issuedAt,
        token.expiresAt,
        token.revokedAt,
        token.referenceHash,
        token.clientId,
        token.keyThumbprint,
      );
    },
    find: (id) => findBy('id', id),
    findByReference: (hash) => findBy('reference_hash', hash),
    listByGrant: (grantId) =>
      database.all('SELECT * FROM tokens WHERE grant_id = ? ORDER BY issued_ms, rowid', grantId).map(toToken),
    listRevoked: (now) =>
      database.all('SELECT * FROM tokens WHERE expires_ms > ? AND revoked_ms IS NOT NULL', now).map(toToken),
    listReferences: (now) =>
      database
        .all('SELECT * FROM tokens WHERE expires_ms > ? AND revoked_ms IS NULL AND reference_hash IS NOT NULL', now)
        .map(toToken),
    revoke: (id, at) =>
      database.run('UPDATE tokens SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL', at, id) > 0,
    removeExpired: (before) => database.run('DELETE FROM tokens WHERE expires_ms < ?', before),
  };
}
