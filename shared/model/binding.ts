import { z } from 'zod';
import { lazily } from './lazily.ts';

/** One process for good: a pid alone is given to another as soon as its process has ended. */
export const processMarkSchema = lazily(() =>
  z.object({
    pid: z.number().int(),
    /** Opaque start time, as in `PeerProcess`. */
    startedAt: z.string(),
  }),
);

/** What a grant's tokens are bound to: any other process that uses one is refused. It is kept with the grant, not in the token. */
export const grantBindingSchema = lazily(() =>
  z.discriminatedUnion('kind', [
    /** This process and everything that descends from it. */
    z.object({ kind: z.literal('tree'), name: z.string(), root: processMarkSchema }),
    /** Every process that runs this program, with these contents. */
    z.object({
      kind: z.literal('executable'),
      /** Absolute. */
      path: z.string(),
      /** SHA-256 of the file, hex. */
      sha256: z.string(),
    }),
  ]),
);

/** What a caller of the control socket wants its grant bound to. */
export const bindingWishSchema = lazily(() =>
  z.discriminatedUnion('kind', [
    /** The caller itself and everything it starts. */
    z.object({ kind: z.literal('run') }),
    /** The program that started the caller, and everything it starts. */
    z.object({ kind: z.literal('tree') }),
    /** A program; null for the one that started the caller. */
    z.object({ kind: z.literal('executable'), path: z.string().max(4_096).nullable() }),
  ]),
);

/** What was found out about the caller of a bound token. */
export const callerVerdictSchema = lazily(() =>
  z.enum([
    'allowed',
    'outside-tree',
    'other-executable',
    'changed-executable',
    /** The system does not tell who calls. */
    'unknown',
  ]),
);

/** See {@link processMarkSchema}. */
export type ProcessMark = Readonly<z.infer<typeof processMarkSchema>>;
/** See {@link grantBindingSchema}. */
export type GrantBinding = Readonly<z.infer<typeof grantBindingSchema>>;
/** See {@link bindingWishSchema}. */
export type BindingWish = Readonly<z.infer<typeof bindingWishSchema>>;
/** See {@link callerVerdictSchema}. */
export type CallerVerdict = z.infer<typeof callerVerdictSchema>;
