import { z } from 'zod';
import { providerIdSchema } from './credential.ts';
import { lazily } from './lazily.ts';

/** What may stand in `model` of a unified call instead of `provider/model`; without a slash, so that the two can't be confused. */
export const aliasNameSchema = lazily(() =>
  z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9._-]{0,63}$/,
      'An alias is up to 64 lower-case letters, digits, dots, hyphens and underscores, and begins with a letter or digit',
    ),
);

/** One model that an alias may lead to. */
export const aliasTargetSchema = lazily(() =>
  z.object({
    provider: providerIdSchema,
    /** As the provider calls it; slashes may be part of it. */
    model: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^\p{C}\s]+$/u, 'A model id has no blanks and no control characters'),
  }),
);

/** Failures before the first byte after which the next target is tried: a limit was hit, the provider failed, could not be reached, or took too long. */
export const fallbackReasonSchema = lazily(() => z.enum(fallbackReasons));

/** See {@link fallbackReasonSchema}. */
export type FallbackReason = (typeof fallbackReasons)[number];

/** Every reason; what an alias falls back on unless it says less. */
export const fallbackReasons = ['429', '5xx', 'connection', 'timeout'] as const;

const timeoutSchema = lazily(() => z.number().int().min(100).max(3_600_000));

/** Milliseconds an alias waits for each of its targets; what is left out is the gateway's own. */
export const aliasTimeoutsSchema = lazily(() =>
  z.object({
    connectMs: timeoutSchema.exactOptional(),
    /** From sending the request to the first byte of the answer. */
    firstByteMs: timeoutSchema.exactOptional(),
    /** Between two pieces of the answer. */
    idleMs: timeoutSchema.exactOptional(),
  }),
);

/** See {@link aliasTimeoutsSchema}. */
export type AliasTimeouts = Readonly<z.infer<typeof aliasTimeoutsSchema>>;

/** A name of the user's for an ordered list of models. */
export const aliasSchema = lazily(() =>
  z.object({
    name: aliasNameSchema,
    /** Best first. */
    targets: z.array(aliasTargetSchema).min(1).max(16),
    timeouts: aliasTimeoutsSchema,
    /** Empty for never. */
    fallbackOn: z.array(fallbackReasonSchema),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  }),
);

/** What makes or replaces an alias. */
export const aliasDraftSchema = lazily(() =>
  z.object({
    name: aliasNameSchema,
    targets: aliasSchema.shape.targets,
    timeouts: aliasTimeoutsSchema.default({}),
    fallbackOn: aliasSchema.shape.fallbackOn.default([...fallbackReasons]),
  }),
);

/** See {@link aliasSchema}. */
export type Alias = Readonly<z.infer<typeof aliasSchema>>;
/** See {@link aliasTargetSchema}. */
export type AliasTarget = Readonly<z.infer<typeof aliasTargetSchema>>;
/** See {@link aliasDraftSchema}. */
export type AliasDraft = Readonly<z.infer<typeof aliasDraftSchema>>;
