import { z } from 'zod';
import { lazily } from './lazily.ts';

const taggedId = lazily(() => z.string().trim().min(1).max(200));

/** Which of a provider's rules lets this installation call it without a stored key. */
export const workloadIdentitySchema = lazily(() =>
  z.object({
    /** The rule that trusts our assertions, such as `fdrl_…`. */
    ruleId: taggedId,
    organizationId: taggedId,
    /** The account that calls are made as, such as `svac_…`. */
    serviceAccountId: taggedId,
    /** Null where the rule has one workspace only. */
    workspaceId: taggedId.nullable(),
  }),
);
/** See {@link workloadIdentitySchema}. */
export type WorkloadIdentity = Readonly<z.infer<typeof workloadIdentitySchema>>;

/** What a provider has to be told about this installation, so that it trusts its assertions. Nothing of it is secret. */
export const identityCardSchema = lazily(() =>
  z.object({
    issuer: z.string(),
    subject: z.string(),
    audience: z.string(),
    /** RFC 7517. */
    jwks: z.object({ keys: z.array(z.record(z.string(), z.string())) }),
  }),
);
/** See {@link identityCardSchema}. */
export type IdentityCard = Readonly<z.infer<typeof identityCardSchema>>;
