import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';
import type { AuthorizationServerOptions } from './authorization-server-options.ts';

const model = 'RefreshToken';
const prefix = 'rt_';
const secretBytes = 32;

/** Kept a while after the grant's end, so that a late use is told from a token that never was. */
const afterlifeMs = 60 * 60 * 1_000;

const payloadSchema = lazily(() =>
  z.object({
    clientId: z.string(),
    /** Milliseconds since the epoch: the grant's end. */
    endsAt: z.number(),
    /** Answers hold `authorization_details`. */
    details: z.boolean(),
    /** The key that the family is bound to, since no client here has a secret; null for none. RFC 9449 section 5. */
    keyThumbprint: z.string().nullable().default(null),
  }),
);

/** What a refresh token stands for. One grant has one family of them, each made from the one before. */
export type RefreshRecord = Readonly<z.infer<typeof payloadSchema>> & {
  readonly grantId: string;
  readonly isUsed: boolean;
};

/** Refresh tokens that rotate: each works once, and none is kept in a form that could be used. Survives a restart. RFC 9700 section 4.14.2. */
export interface RefreshTokens {
  /** Makes the family's next one; it is handed out once and kept as its hash. */
  issue(record: Omit<RefreshRecord, 'isUsed'>): string;
  /** Null for what is not a refresh token of ours; used ones are found until their family has ended. */
  find(presented: string): RefreshRecord | null;
  /** Marks it used. False when it was used already, be it a moment ago. */
  use(presented: string): boolean;
  /** Lets it be used again, when no token could be made of it. */
  release(presented: string): void;
  /** Forgets every one of the grant. */
  endFamily(grantId: string): void;
}

/** True for a text of the form that our refresh tokens have. */
export function looksLikeRefreshToken(presented: string): boolean {
  return presented.startsWith(prefix);
}

/** Makes them over the registry's OAuth state. */
export function createRefreshTokens({
  state,
  clock,
}: Pick<AuthorizationServerOptions, 'state' | 'clock'>): RefreshTokens {
  function write(id: string, { grantId, ...payload }: Omit<RefreshRecord, 'isUsed'>): void {
    const expiresAt = payload.endsAt + afterlifeMs;
    state.upsert({ ...{ model, id, payload, grantId, expiresAt }, ...{ userCode: null, uid: null, consumedAt: null } });
  }

  function find(presented: string): RefreshRecord | null {
    const artifact = looksLikeRefreshToken(presented) ? state.find(model, hash(presented)) : null;
    const payload = payloadSchema.safeParse(artifact?.payload);
    if (artifact === null || artifact.grantId === null || !payload.success) return null;
    return { ...payload.data, grantId: artifact.grantId, isUsed: artifact.consumedAt !== null };
  }

  return {
    issue(record) {
      state.removeExpired(clock.now());
      const token = prefix + randomBytes(secretBytes).toString('base64url');
      write(hash(token), record);
      return token;
    },
    find,
    use: (presented) => state.consume(model, hash(presented), clock.now()),
    release(presented) {
      const record = find(presented);
      if (record === null) return;
      const { isUsed, ...kept } = record;
      if (isUsed) write(hash(presented), kept);
    },
    endFamily: (grantId) => state.removeByGrant(grantId),
  };
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
