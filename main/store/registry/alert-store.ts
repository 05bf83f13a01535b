import { z } from 'zod';
import { type Alert, alertSchema, watchRuleIdSchema, watchRuleStatusSchema } from '#shared/model/alert.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { Database, Row } from '../database.ts';
import { camelCased, decode } from '../row.ts';
import type { AlertRecord, AlertStore, WatchRuleStore } from './alert-records.ts';

const recordSchema = lazily(() => alertSchema.extend({ key: z.string() }));

function toRecord(row: Row): AlertRecord {
  return decode(recordSchema, camelCased(row, ['evidence']));
}

function toAlert(row: Row): Alert {
  const { key: _key, ...alert } = toRecord(row);
  return alert;
}

/** Alerts on a registry database. */
export function createAlertStore(database: Database): AlertStore {
  return {
    list: ({ unreadOnly, limit }) =>
      database
        .all(
          `SELECT * FROM alerts ${unreadOnly ? 'WHERE read_at IS NULL' : ''} ORDER BY last_at DESC, rowid DESC LIMIT ?`,
          limit,
        )
        .map(toAlert),
    findLatest(key) {
      const row = database.get('SELECT * FROM alerts WHERE key = ? ORDER BY last_at DESC, rowid DESC LIMIT 1', key);
      return row === undefined ? null : toRecord(row);
    },
    findCrowded({ rule, tool }, most) {
      const rows = database.all(
        'SELECT * FROM alerts WHERE rule = ? AND tool IS ? AND read_at IS NULL ORDER BY last_at DESC, rowid DESC LIMIT ?',
        rule,
        tool,
        most,
      );
      const [newest] = rows;
      return newest === undefined || rows.length < most ? null : toRecord(newest);
    },
    put(alert) {
      database.run(
        `INSERT INTO alerts (id, key, rule, tool, sentence, evidence, request_id, audit_sequence, grant_id, done, count, first_at, last_at,
           read_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET sentence = excluded.sentence, evidence = excluded.evidence, request_id = excluded.request_id,
           audit_sequence = excluded.audit_sequence, grant_id = excluded.grant_id, done = excluded.done, count = excluded.count,
           last_at = excluded.last_at`,
        alert.id,
        alert.key,
        alert.rule,
        alert.tool,
        alert.sentence,
        JSON.stringify(alert.evidence),
        alert.requestId,
        alert.auditSequence,
        alert.grantId,
        alert.done,
        alert.count,
        alert.firstAt,
        alert.lastAt,
        alert.readAt,
      );
    },
    markRead: (id, at) =>
      id === null
        ? database.run('UPDATE alerts SET read_at = ? WHERE read_at IS NULL', at)
        : database.run('UPDATE alerts SET read_at = ? WHERE id = ? AND read_at IS NULL', at, id),
    has: (id) => database.get('SELECT 1 AS found FROM alerts WHERE id = ?', id) !== undefined,
    countUnread: () => Number(database.get('SELECT count(*) AS unread FROM alerts WHERE read_at IS NULL')?.unread ?? 0),
    keepNewest: (count) =>
      database.run(
        `DELETE FROM alerts WHERE read_at IS NOT NULL AND rowid NOT IN (
           SELECT rowid FROM alerts ORDER BY last_at DESC, rowid DESC LIMIT ?
         )`,
        count,
      ),
  };
}

/** Changed rules on a registry database. Those that this version does not know are left out. */
export function createWatchRuleStore(database: Database): WatchRuleStore {
  return {
    list: () =>
      database
        .all('SELECT * FROM watch_rules')
        .filter((row) => watchRuleIdSchema.safeParse(row.rule).success)
        .map((row) => decode(watchRuleStatusSchema, camelCased(row, ['thresholds']))),
    put({ rule, action, thresholds }) {
      database.run(
        `INSERT INTO watch_rules (rule, action, thresholds) VALUES (?, ?, ?)
         ON CONFLICT (rule) DO UPDATE SET action = excluded.action, thresholds = excluded.thresholds`,
        rule,
        action,
        JSON.stringify(thresholds),
      );
    },
    remove: (rule) => database.run('DELETE FROM watch_rules WHERE rule = ?', rule) > 0,
  };
}
