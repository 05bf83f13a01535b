import { z } from 'zod';
import type { OpenedRequest } from '#shared/contract/facts.ts';
import { lazily } from '#shared/model/lazily.ts';
import { runningRequestSchema } from '#shared/model/usage.ts';
import type { Database } from '../database.ts';
import { decode, parseJson } from '../row.ts';
import type { OpenRequestStore } from './registry.ts';

const requestSchema = lazily(() => runningRequestSchema.extend({ reservedMicroUsd: z.number().int().nonnegative() }));

// One text bound once: a busy gateway opens and ends hundreds between two saves.
const putSql = `INSERT OR REPLACE INTO open_requests (request_id, request)
  SELECT value ->> 'requestId', value FROM json_each(?)`;
const removeSql = 'DELETE FROM open_requests WHERE request_id IN (SELECT value FROM json_each(?))';

/** Requests in flight on a registry database. */
export function createOpenRequestStore(database: Database): OpenRequestStore {
  return {
    list: () =>
      database
        .all('SELECT request FROM open_requests ORDER BY rowid')
        .map((row): OpenedRequest => decode(requestSchema, parseJson(row.request))),
    put(requests) {
      if (requests.length > 0) database.run(putSql, JSON.stringify(requests));
    },
    remove(requestIds) {
      if (requestIds.length > 0) database.run(removeSql, JSON.stringify(requestIds));
    },
  };
}
