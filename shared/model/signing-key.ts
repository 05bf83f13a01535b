import { z } from 'zod';
import { lazily } from './lazily.ts';

/** Algorithms that tokens are signed with: ES256 unless the user wants RS256, which RFC 9068 section 2.1 has every server support. */
export const tokenAlgorithms = ['ES256', 'RS256'] as const;

/** See {@link tokenAlgorithms}. */
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

/** Milliseconds between a key\u2019s publication and its first signature: longer than the ten minutes for which clients commonly keep a key set. */
export const publishedBeforeMs = 15 * 60 * 1_000;

/** A token-signing key as the owner sees it. */
export const signingKeySchema = lazily(() =>
  z.object({
    /** RFC 7638 thumbprint. */
    kid: z.string(),
    algorithm: z.enum(tokenAlgorithms),
    /** `next` is published and does not sign yet, `active` signs, `past` only verifies, `retired` is not taken any more. */
    state: z.enum(['next', 'active', 'past', 'retired']),
    createdAt: z.iso.datetime(),
    /** When it begins or began to sign; null for one that never did. */
    signsFrom: z.iso.datetime().nullable(),
    signedUntil: z.iso.datetime().nullable(),
  }),
);
/** See {@link signingKeySchema}. */
export type SigningKeyView = Readonly<z.infer<typeof signingKeySchema>>;
