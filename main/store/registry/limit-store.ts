import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';
import { limitKey, limitSchema } from '#shared/model/limit.ts';
import type { Database, Row } from '../database.ts';
import { camelCased, decode } from '../row.ts';
import type { LimitRecord, LimitStore } from './registry.ts';

const recordSchema = lazily(() =>
  limitSchema.extend({
    windowMs: z.number().int(),
    usedMicroUsd: z.number().int(),
    topUpMicroUsd: z.number().int(),
    warnedPercent: z.number().int().nullable(),
  }),
);

function toRecord(row: Row): LimitRecord {
  const { windowMs, usedMicroUsd, topUpMicroUsd, warnedPercent, ...limit } = decode(
    recordSchema,
    camelCased(row, ['subject', 'rule', 'warn_at']),
  );
  return { ...limit, window: { start: windowMs, usedMicroUsd, topUpMicroUsd, warnedPercent } };
}

/** Standing limits on a registry database. */
export function createLimitStore(database: Database): LimitStore {
  return {
    list: () => database.all('SELECT * FROM limits ORDER BY created_at, rowid').map(toRecord),
    put(record) {
      database.run(
        `INSERT INTO limits (id, key, subject, rule, warn_at, created_at, created_by, window_ms, used_micro_usd, top_up_micro_usd,
           warned_percent)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET rule = excluded.rule, warn_at = excluded.warn_at, window_ms = excluded.window_ms,
           used_micro_usd = excluded.used_micro_usd, top_up_micro_usd = excluded.top_up_micro_usd,
           warned_percent = excluded.warned_percent`,
        record.id,
        limitKey(record),
        JSON.stringify(record.subject),
        JSON.stringify(record.rule),
        JSON.stringify(record.warnAt),
        record.createdAt,
        record.createdBy,
        record.window.start,
        record.window.usedMicroUsd,
        record.window.topUpMicroUsd,
        record.window.warnedPercent,
      );
    },
    remove: (id) => database.run('DELETE FROM limits WHERE id = ?', id) > 0,
  };
}
