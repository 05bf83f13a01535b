import { z } from 'zod';
import { lazily } from './lazily.ts';
import { credentialRotationSchema } from './rotation.ts';
import { workloadIdentitySchema } from './workload-identity.ts';

/** A provider's id: a built-in one, or the name the user gave a custom one. */
export const providerIdSchema = lazily(() =>
  z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'A provider id is lower-case letters, digits and hyphens'),
);

/** What verifying a key found out about it. */
export const verificationSchema = lazily(() =>
  z.object({
    checkedAt: z.iso.datetime(),
    outcome: z.enum(['accepted', 'rejected', 'unreachable', 'skipped']),
    /** Account, organisation or key name as the provider tells it; null when it tells none. */
    account: z.string().nullable(),
    /** Model ids the key can reach; empty when the provider lists none. */
    models: z.array(z.string()),
    /** One sentence for a person. */
    message: z.string(),
  }),
);

/** Why a credential is set aside: it hit a limit, or its circuit is open. */
export const healthReasonSchema = lazily(() =>
  z.enum(['rate_limited', 'server_error', 'unreachable', 'timeout', 'key_rejected']),
);

/**
 * How a credential does at its provider, as the gateway last told it. `closed`: it is used. `cooling`: the provider asked to wait.
 * `open`: it failed too often and is left alone. `half-open`: the next call tries it.
 */
export const credentialHealthSchema = lazily(() =>
  z.object({
    state: z.enum(['closed', 'cooling', 'open', 'half-open']),
    /** When it is used or tried again; null when it is used now. */
    until: z.iso.datetime().nullable(),
    /** Null when it is well. */
    reason: healthReasonSchema.nullable(),
    /** The models it is cooling for; empty when it is the whole credential. */
    models: z.array(z.string()),
  }),
);

/** See {@link healthReasonSchema}. */
export type HealthReason = z.infer<typeof healthReasonSchema>;
/** See {@link credentialHealthSchema}. */
export type CredentialHealth = Readonly<z.infer<typeof credentialHealthSchema>>;

/** A credential nothing is held against. */
export const goodHealth: CredentialHealth = { state: 'closed', until: null, reason: null, models: [] };

/**
 * Share of a credential in its provider's pool, relative to the others'; 0 serves only when no other is left. Null for what was
 * never set: the default credential then has 1, and any other is not in the pool, so that a second account is never used unasked.
 */
export const credentialWeightSchema = lazily(() => z.number().int().min(0).max(100).nullable());

/** A provider key as everyone but the vault sees it: no secret in it. */
export const credentialSchema = lazily(() =>
  z.object({
    id: z.string(),
    provider: providerIdSchema,
    label: z.string(),
    /** Last four characters behind an ellipsis, such as `…7f3a`; never enough to use. */
    fingerprint: z.string(),
    /** The address calls go to, meaning what the provider's own SDK means by it. */
    baseUrl: z.string(),
    isDefault: z.boolean(),
    /** See {@link credentialWeightSchema}. */
    weight: credentialWeightSchema,
    version: z.number().int(),
    createdAt: z.iso.datetime(),
    /** When the present version of the key was stored. */
    rotatedAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable(),
    verification: verificationSchema.nullable(),
    /** Whether the vault holds its secret: present, absent, or the vault can't be asked. */
    vaultState: z.enum(['present', 'absent', 'unavailable']),
    health: credentialHealthSchema,
    rotation: credentialRotationSchema,
    /** Set for one without a stored key: its provider gives tokens of some minutes for our assertions. */
    identity: workloadIdentitySchema.nullish(),
  }),
);

/** See {@link credentialSchema}. */
export type Credential = Readonly<z.infer<typeof credentialSchema>>;
/** See {@link verificationSchema}. */
export type Verification = Readonly<z.infer<typeof verificationSchema>>;
