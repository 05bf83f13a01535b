import { z } from 'zod';
import {
  accessDemandSchema,
  accessRequestSchema,
  approvalSchema,
  grantSchema,
  policyDraftSchema,
  policySchema,
  toolNameSchema,
  ttlSecondsSchema,
} from '../model/access.ts';
import { aliasDraftSchema, aliasNameSchema, aliasSchema } from '../model/alias.ts';
import { approvalReportSchema, silencedToolSchema } from '../model/asked-request.ts';
import { auditEntrySchema } from '../model/audit.ts';
import { bindingWishSchema } from '../model/binding.ts';
import { credentialSchema, credentialWeightSchema, providerIdSchema, verificationSchema } from '../model/credential.ts';
import { databaseKeySchema } from '../model/database-key.ts';
import { lazily } from '../model/lazily.ts';
import { limitDraftSchema, limitStatusSchema, topUpAmountSchema } from '../model/limit.ts';
import { scopeListSchema } from '../model/scope.ts';
import { settingsChangesSchema, settingsSchema } from '../model/settings.ts';
import { signingKeySchema } from '../model/signing-key.ts';
import {
  runningRequestSchema,
  usageBucketSchema,
  usageDimensionSchema,
  usageFilterSchema,
  usageLatencySchema,
  usageRecordSchema,
  usageSummarySchema,
  usageTotalsSchema,
} from '../model/usage.ts';
import { identityCardSchema, workloadIdentitySchema } from '../model/workload-identity.ts';
import { attackOperations } from './attack-operations.ts';
import { doorOperations } from './door-operations.ts';
import { priceOperations } from './price-operations.ts';
import { rotationOperations } from './rotation-operations.ts';
import { statusSchema } from './status.ts';
import { watchOperations } from './watch-operations.ts';

const id = lazily(() => z.object({ id: z.string().min(1).max(200) }));
const nothing = lazily(() => z.object({}));
const done = lazily(() => z.object({}));
const span = lazily(() => z.object({ since: z.iso.datetime(), until: z.iso.datetime() }));

/** Provider facts the views and the CLI need. */
export const providerSummarySchema = lazily(() =>
  z.object({
    id: z.string(),
    name: z.string(),
    local: z.boolean(),
    baseUrl: z.string().nullable(),
    basePath: z.string(),
    consoleUrl: z.string(),
    keyExample: z.string().nullable(),
    environment: z.record(z.string(), z.string()),
    custom: z.boolean(),
  }),
);

/**
 * Every management operation, its input and its output. The control socket (CLI) and the IPC bridge (renderer) are two
 * doors to the same table; `doors` says which may call it. Nothing here is reachable from the gateway port.
 */
export const operations = lazily(
  () =>
    ({
      'status.read': { doors: ['ipc', 'cli'], input: nothing, output: statusSchema },
      'provider.list': { doors: ['ipc', 'cli'], input: nothing, output: z.array(providerSummarySchema) },

      'credential.list': { doors: ['ipc', 'cli'], input: nothing, output: z.array(credentialSchema) },
      'credential.add': {
        doors: ['ipc', 'cli'],
        input: z.object({
          provider: providerIdSchema,
          /** Goes in only; never comes out. */
          secret: z.string().max(8_192),
          label: z.string().trim().max(80).optional(),
          baseUrl: z.string().max(500).optional(),
          verify: z.boolean(),
        }),
        output: credentialSchema,
      },
      /** Adds a provider that gives tokens for our assertions. Rejects as credential.add does. */
      'credential.addKeyless': {
        doors: ['cli'],
        input: z.object({
          provider: providerIdSchema,
          identity: workloadIdentitySchema,
          label: z.string().trim().max(80).optional(),
          baseUrl: z.string().max(500).optional(),
          verify: z.boolean(),
        }),
        output: credentialSchema,
      },
      /** What the provider has to be told before credential.addKeyless. */
      'identity.read': { doors: ['cli'], input: z.object({ provider: providerIdSchema }), output: identityCardSchema },
      'credential.verify': { doors: ['ipc', 'cli'], input: id, output: verificationSchema },
      'credential.update': {
        doors: ['ipc', 'cli'],
        input: id.extend({ label: z.string().trim().min(1).max(80).optional(), isDefault: z.literal(true).optional() }),
        output: credentialSchema,
      },
      /** Null takes it out of the pool, or gives the default its share of 1 back. */
      'credential.setWeight': {
        doors: ['ipc', 'cli'],
        input: id.extend({ weight: credentialWeightSchema }),
        output: credentialSchema,
      },
      'credential.remove': { doors: ['ipc', 'cli'], input: id, output: done },
      /** Brings back a key removed less than ten seconds ago. */
      'credential.restore': { doors: ['ipc'], input: id, output: credentialSchema },

      ...rotationOperations,

      'databaseKey.read': { doors: ['ipc', 'cli'], input: nothing, output: databaseKeySchema },
      /** Encrypts the databases with a new key, and resolves when that is done. Rejects with conflict while it is under way. */
      'databaseKey.rotate': { doors: ['ipc', 'cli'], input: nothing, output: databaseKeySchema },

      'alias.list': { doors: ['ipc', 'cli'], input: nothing, output: z.array(aliasSchema) },
      /** Makes it or takes the place of the one of that name. */
      'alias.set': {
        doors: ['ipc', 'cli'],
        input: aliasDraftSchema,
        /** `unlisted` are targets, as `provider/model`, that the provider's own list did not have when a key was last tried. */
        output: z.object({ alias: aliasSchema, unlisted: z.array(z.string()) }),
      },
      'alias.remove': { doors: ['ipc', 'cli'], input: z.object({ name: aliasNameSchema }), output: done },

      'request.list': { doors: ['ipc', 'cli'], input: nothing, output: z.array(accessRequestSchema) },
      'request.create': {
        doors: ['cli'],
        /** Rejects with binding_unprovable when the system does not vouch for what the tokens are to be bound to. */
        input: accessDemandSchema.extend({ bind: bindingWishSchema.optional() }),
        output: z.object({
          id: z.string(),
          userCode: z.string(),
          expiresAt: z.iso.datetime(),
          /** True when it waits in the inbox instead of at the prompt. */
          isInInbox: z.boolean(),
        }),
      },
      /** Resolves when decided; rejects with access_denied or request_expired. The grant of `bindToConnection` ends when the connection closes. */
      'request.wait': {
        doors: ['cli'],
        input: id.extend({ bindToConnection: z.boolean().optional(), reference: z.boolean().optional() }),
        output: z.object({
          id: z.string(),
          grantId: z.string(),
          token: z.string(),
          expiresAt: z.iso.datetime(),
          scopes: z.array(z.string()),
        }),
      },
      'request.approve': {
        doors: ['ipc', 'cli'],
        input: id.extend({ approval: approvalSchema }),
        output: z.object({ grantId: z.string() }),
      },
      'request.deny': { doors: ['ipc', 'cli'], input: id.extend({ always: z.boolean().optional() }), output: done },
      /** Tools that were denied again and again, and are not heard for a while. */
      'request.silenced': { doors: ['ipc', 'cli'], input: nothing, output: z.array(silencedToolSchema) },
      /** Hears a tool again; takes the id of its silence or the tool's name. */
      'request.listen': { doors: ['ipc', 'cli'], input: id, output: done },
      /** How often a person was asked on each of the last days, and which policies would have saved most. */
      'approval.report': {
        doors: ['ipc', 'cli'],
        input: z.object({ days: z.number().int().min(1).max(90) }),
        output: approvalReportSchema,
      },

      'grant.list': {
        doors: ['ipc', 'cli'],
        input: z.object({ includeEnded: z.boolean().optional(), limit: z.number().int().min(1).max(1_000).optional() }),
        output: z.array(grantSchema),
      },
      /** Takes a grant id or a token id. */
      'grant.revoke': { doors: ['ipc', 'cli'], input: id, output: done },
      /** Adds to a living grant's budget, or brings back one whose budget was spent before its time was up. */
      'grant.topUp': {
        doors: ['ipc', 'cli'],
        input: id.extend({ amountMicroUsd: topUpAmountSchema }),
        output: grantSchema,
      },
      /** Ends every grant, cuts every call, puts the keys away and pauses the gateway, until a person resumes it. */
      panic: {
        doors: ['ipc', 'cli'],
        input: nothing,
        output: z.object({
          grantsEnded: z.number().int(),
          requestsDenied: z.number().int(),
          /** Calls that were running, and how many of them were streams or live sessions. */
          callsCut: z.number().int(),
          streamsCut: z.number().int(),
          /** Until the gateway had done all of it, on the monotonic clock. */
          durationMs: z.number().int(),
          /** False when it did not answer, and was killed. */
          gatewayAnswered: z.boolean(),
        }),
      },
      'gateway.pause': { doors: ['ipc', 'cli'], input: z.object({ paused: z.boolean() }), output: done },

      /** A narrower token from one that is in hand, for a sub-agent; nobody is asked. */
      'token.narrow': {
        doors: ['cli'],
        input: z.object({
          /** Goes in only. */
          token: z.string().min(1).max(8_192),
          /** What the sub-agent calls itself. */
          delegate: toolNameSchema,
          scopes: scopeListSchema.optional(),
          ttlSeconds: ttlSecondsSchema.optional(),
          uses: z.number().int().min(1).max(1_000_000).optional(),
          budgetMicroUsd: z.number().int().min(1).optional(),
          purpose: z.string().max(200).optional(),
          reference: z.boolean().optional(),
        }),
        output: z.object({
          grantId: z.string(),
          parentGrantId: z.string(),
          token: z.string(),
          expiresAt: z.iso.datetime(),
          scopes: z.array(z.string()),
        }),
      },
      'signingKey.list': { doors: ['ipc', 'cli'], input: nothing, output: z.array(signingKeySchema) },
      /** Publishes the next key; with `replace` it signs at once, and JWTs signed before are refused. */
      'signingKey.rotate': {
        doors: ['ipc', 'cli'],
        input: z.object({ replace: z.boolean().optional() }),
        output: signingKeySchema,
      },

      'policy.list': { doors: ['ipc', 'cli'], input: nothing, output: z.array(policySchema) },
      'policy.add': { doors: ['ipc', 'cli'], input: policyDraftSchema, output: policySchema },
      'policy.remove': { doors: ['ipc', 'cli'], input: id, output: done },

      'limit.list': { doors: ['ipc', 'cli'], input: nothing, output: z.array(limitStatusSchema) },
      /** Makes it, or changes the one of the same subject, kind and period; what was used of that stays used. */
      'limit.set': { doors: ['ipc', 'cli'], input: limitDraftSchema, output: limitStatusSchema },
      'limit.remove': { doors: ['ipc', 'cli'], input: id, output: done },
      /** Adds to a budget's present window only; a budget for each request has none. */
      'limit.topUp': {
        doors: ['ipc', 'cli'],
        input: id.extend({ amountMicroUsd: topUpAmountSchema }),
        output: limitStatusSchema,
      },

      'usage.list': {
        doors: ['ipc', 'cli'],
        input: z.object({
          filter: usageFilterSchema,
          offset: z.number().int().min(0),
          limit: z.number().int().min(1).max(10_000),
        }),
        output: z.object({ total: z.number().int(), offset: z.number().int(), records: z.array(usageRecordSchema) }),
      },
      'usage.summary': {
        doors: ['ipc', 'cli'],
        input: z.object({ since: z.iso.datetime(), until: z.iso.datetime().optional(), by: usageDimensionSchema }),
        output: z.array(usageSummarySchema),
      },
      'usage.overview': {
        doors: ['ipc'],
        input: span.extend({ by: usageDimensionSchema.exclude(['day']), bucket: z.enum(['hour', 'day']) }),
        output: z.object({
          totals: usageTotalsSchema,
          /** The span of equal length just before. */
          previous: usageTotalsSchema,
          today: usageTotalsSchema,
          buckets: z.array(usageBucketSchema),
          /** One for each bucket that had calls which were not refused, in order. */
          latencies: z.array(usageLatencySchema),
          byTool: z.array(usageSummarySchema.extend({ models: z.array(z.string()) })),
        }),
      },
      'usage.running': { doors: ['ipc', 'cli'], input: nothing, output: z.array(runningRequestSchema) },
      /** Distinct values for the activity filters. */
      'usage.facets': {
        doors: ['ipc'],
        input: nothing,
        output: z.object({ tools: z.array(z.string()), providers: z.array(z.string()), models: z.array(z.string()) }),
      },

      ...priceOperations,
      ...watchOperations,
      ...doorOperations,
      ...attackOperations,

      'audit.list': {
        doors: ['ipc', 'cli'],
        input: z.object({
          afterSequence: z.number().int().min(0).optional(),
          beforeSequence: z.number().int().optional(),
          limit: z.number().int().min(1).max(1_000),
          text: z.string().max(200).optional(),
        }),
        /** Oldest first with `afterSequence`, else newest first. */
        output: z.array(auditEntrySchema),
      },
      'audit.verify': {
        doors: ['ipc', 'cli'],
        input: nothing,
        output: z.object({ entries: z.number().int(), intact: z.boolean(), brokenAt: z.number().int().nullable() }),
      },

      'settings.read': { doors: ['ipc', 'cli'], input: nothing, output: settingsSchema },
      'settings.update': { doors: ['ipc', 'cli'], input: settingsChangesSchema, output: settingsSchema },

      /** Facts for `toll doctor`; each check says what it found and what to do. */
      'doctor.run': {
        doors: ['ipc', 'cli'],
        input: nothing,
        output: z.array(
          z.object({
            id: z.string(),
            title: z.string(),
            state: z.enum(['ok', 'warning', 'failed']),
            message: z.string(),
          }),
        ),
      },
    }) as const,
);

/** Name of an operation. */
export type OperationName = keyof typeof operations;
/** What a caller passes. */
export type OperationInput<N extends OperationName> = z.input<(typeof operations)[N]['input']>;
/** What a handler gets after decoding. */
export type OperationArguments<N extends OperationName> = z.output<(typeof operations)[N]['input']>;
/** What it answers. */
export type OperationOutput<N extends OperationName> = z.output<(typeof operations)[N]['output']>;

/** Names callable through a door. */
export type NamesBehind<D extends 'ipc' | 'cli'> = {
  [N in OperationName]: D extends (typeof operations)[N]['doors'][number] ? N : never;
}[OperationName];
