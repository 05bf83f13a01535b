import { z } from 'zod';

/** A provider's id: a built-in one, or the name the user gave a custom one. */
export const providerIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'A provider id is lower-case letters, digits and hyphens');

/** What verifying a key found out about it. */
export const verificationSchema = z.object({
  checkedAt: z.iso.datetime(),
  outcome: z.enum(['accepted', 'rejected', 'unreachable', 'skipped']),
  /** Account, organisation or key name as the provider tells it; null when it tells none. */
  account: z.string().nullable(),
  /** Model ids the key can reach; empty when the provider lists none. */
  models: z.array(z.string()),
  /** One sentence for a person. */
  message: z.string(),
});

/** A provider key as everyone but the vault sees it: no secret in it. */
export const credentialSchema = z.object({
  id: z.string(),
  provider: providerIdSchema,
  label: z.string(),
  /** Last four characters behind an ellipsis, such as `…7f3a`; never enough to use. */
  fingerprint: z.string(),
  /** The address calls go to, meaning what the provider's own SDK means by it. */
  baseUrl: z.string(),
  isDefault: z.boolean(),
  version: z.number().int(),
  createdAt: z.iso.datetime(),
  /** When the present version of the key was stored. */
  rotatedAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
  verification: verificationSchema.nullable(),
  /** Whether the vault holds its secret: present, absent, or the vault can't be asked. */
  vaultState: z.enum(['present', 'absent', 'unavailable']),
});

/** See {@link credentialSchema}. */
export type Credential = Readonly<z.infer<typeof credentialSchema>>;
/** See {@link verificationSchema}. */
export type Verification = Readonly<z.infer<typeof verificationSchema>>;
