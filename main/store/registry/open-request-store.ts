import { z } from 'zod';
import type { OpenedRequest } from '#shared/contract/facts.ts';
import { runningRequestSchema } from '#shared/model/usage.ts';
import type { Database } from '../database.ts';
import { decode, parseJson } from '../row.ts';
import type { OpenRequestStore } from './registry.ts';

const requestSchema = runningRequestSchema.extend({ reservedMicroUsd: z.number().int().nonnegative() });

/** Requests in flight on a registry database. */
export function createOpenRequestStore(database: Database): OpenRequestStore {
  return {
    list: () =>
      database
        .all('SELECT request FROM open_requests ORDER BY rowid')
        .map((row): OpenedRequest => decode(requestSchema, parseJson(row.request))),
    put(request) {
      database.run(
        'INSERT OR REPLACE INTO open_requests (request_id, request) VALUES (?, ?)',
        request.requestId,
        JSON.stringify(request),
      );
    },
    remove(requestId) {
      database.run('DELETE FROM open_requests WHERE request_id = ?', requestId);
    },
  };
}
