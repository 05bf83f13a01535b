import { z } from 'zod';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { Database, Row } from '../database.ts';
import { decode, parseJson } from '../row.ts';
import type { SigningKeyRecord, SigningKeyStore } from './registry.ts';

const recordSchema = lazily(() =>
  z.object({
    kid: z.string(),
    publicJwk: z.record(z.string(), z.unknown()),
    createdAt: z.number(),
    state: z.enum(['active', 'published', 'retired']),
    activatedAt: z.number().nullable(),
    deactivatedAt: z.number().nullable(),
  }),
);

/** Members of a JWK that only a private or symmetric key has. RFC 7518 sections 6.2.2, 6.3.2 and 6.4. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

function toRecord(row: Row): SigningKeyRecord {
  return decode(recordSchema, {
    kid: row.kid,
    publicJwk: parseJson(row.public_jwk),
    createdAt: row.created_ms,
    state: row.state,
    activatedAt: row.activated_ms,
    deactivatedAt: row.deactivated_ms,
  });
}

/** Public halves of signing keys on a registry database. */
export function createSigningKeyStore(database: Database): SigningKeyStore {
  return {
    list: () => database.all('SELECT * FROM signing_keys ORDER BY created_ms DESC, rowid DESC').map(toRecord),
    insert(key) {
      if (privateMembers.some((member) => Object.hasOwn(key.publicJwk, member))) {
        throw new TollkeeperError('internal', 'A private key was about to be kept in the registry.');
      }
      database.run(
        'INSERT INTO signing_keys (kid, public_jwk, created_ms, state, activated_ms, deactivated_ms) VALUES (?, ?, ?, ?, ?, ?)',
        key.kid,
        JSON.stringify(key.publicJwk),
        key.createdAt,
        key.state,
        key.activatedAt,
        key.deactivatedAt,
      );
    },
    update(kid, changes) {
      const known = database.get('SELECT * FROM signing_keys WHERE kid = ?', kid);
      if (known === undefined) throw new TollkeeperError('not_found', `There is no signing key ${kid}.`);
      const { state, activatedAt, deactivatedAt } = { ...toRecord(known), ...changes };
      database.run(
        'UPDATE signing_keys SET state = ?, activated_ms = ?, deactivated_ms = ? WHERE kid = ?',
        ...[state, activatedAt, deactivatedAt, kid],
      );
    },
  };
}
