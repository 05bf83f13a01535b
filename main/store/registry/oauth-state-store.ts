import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';
import type { Database, Row } from '../database.ts';
import { count, decode, parseJson, text } from '../row.ts';
import type { OauthArtifact, OauthStateStore } from './registry.ts';

const payloadSchema = lazily(() => z.record(z.string(), z.unknown()));

function toArtifact(row: Row): OauthArtifact {
  return {
    model: String(row.model),
    id: String(row.id),
    payload: decode(payloadSchema, parseJson(row.payload)),
    grantId: text(row.grant_id),
    userCode: text(row.user_code),
    uid: text(row.uid),
    consumedAt: count(row.consumed_ms),
    expiresAt: count(row.expires_ms),
  };
}

const upsertSql = `
  INSERT INTO oauth_state (model, id, payload, grant_id, user_code, uid, consumed_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id, user_code = excluded.user_code,
    uid = excluded.uid, consumed_ms = excluded.consumed_ms, expires_ms = excluded.expires_ms`;

/** The authorization server's artefacts on a registry database. */
export function createOauthStateStore(database: Database): OauthStateStore {
  function findBy(column: 'id' | 'user_code' | 'uid', model: string, value: string): OauthArtifact | null {
    const row = database.get(
      `SELECT * FROM oauth_state WHERE model = ? AND ${column} = ? ORDER BY rowid DESC LIMIT 1`,
      model,
      value,
    );
    return row ? toArtifact(row) : null;
  }

  return {
    upsert(artifact) {
      database.run(
        upsertSql,
        artifact.model,
        artifact.id,
        JSON.stringify(artifact.payload),
        artifact.grantId,
        artifact.userCode,
        artifact.uid,
        artifact.consumedAt,
        artifact.expiresAt,
      );
    },
    find: (model, id) => findBy('id', model, id),
    findByUserCode: (model, userCode) => findBy('user_code', model, userCode),
    findByUid: (model, uid) => findBy('uid', model, uid),
    list: (model) =>
      database.all('SELECT * FROM oauth_state WHERE model = ? ORDER BY rowid DESC', model).map(toArtifact),
    consume: (model, id, at) =>
      database.run(
        'UPDATE oauth_state SET consumed_ms = ? WHERE model = ? AND id = ? AND consumed_ms IS NULL',
        at,
        model,
        id,
      ) > 0,
    remove(model, id) {
      database.run('DELETE FROM oauth_state WHERE model = ? AND id = ?', model, id);
    },
    removeByGrant(grantId) {
      database.run('DELETE FROM oauth_state WHERE grant_id = ?', grantId);
    },
    removeExpired: (now) => database.run('DELETE FROM oauth_state WHERE expires_ms <= ?', now),
  };
}
