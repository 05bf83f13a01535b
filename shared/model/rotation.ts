import { z } from 'zod';
import { type ErrorCode, errorDefinitions } from './error.ts';
import { lazily } from './lazily.ts';

/** How many of a provider's keys can live at once, and so what a rotation may do before the old one dies. */
export type KeyOverlap =
  /** A new key is made beside the old one. */
  | 'full'
  /** There are two fixed places; making the new key overwrites the place that is not in use. */
  | 'slots'
  /** Making the new key kills the old one in the same moment. */
  | 'none';

/** A value that a connector needs beside the admin key, such as a project's id. */
export interface RotationParameter {
  readonly name: string;
  /** One sentence for a person: what it is and where it is found. */
  readonly description: string;
  readonly example: string;
}

/** What a provider's API for keys can do, as data. `connector` names the code that calls it. */
export interface RotationSupport {
  readonly connector: string;
  readonly overlap: KeyOverlap;
  /** True when keys carry a name that we choose and by which they are found again. */
  readonly named: boolean;
  /** Whether a key can be put out of use without being destroyed, and whether that can be taken back. */
  readonly disable: 'none' | 'final' | 'reversible';
  /** Milliseconds by which the provider's "last used" may lag behind; null when it tells none. */
  readonly lastUsedLagMs: number | null;
  /** Milliseconds for which a new key may still be refused although all is well. */
  readonly propagationMs: number;
  /** Whether its calls need a key of its own kind; null when the key itself may do them. */
  readonly adminKey: AdminKeyKind | null;
  readonly parameters: readonly RotationParameter[];
  /** Where its API for keys is, without a trailing slash; left out where it is below the credential's own address. */
  readonly apiUrl?: string;
  /** Where the admin key is exchanged for a token that the API takes; left out where it takes the key itself. */
  readonly tokenUrl?: string;
  /** What is called, for people. */
  readonly calls: { readonly create: string; readonly disable: string | null; readonly revoke: string };
  /** One sentence on what a person should know before the first change; left out when there is nothing. */
  readonly caution?: string;
  /** One sentence on what of all this could not be looked up; left out when everything was. */
  readonly unconfirmed?: string;
  /** Where its API is described. */
  readonly documentation: string;
}

/** What a provider's API for keys is called with. */
export interface AdminKeyKind {
  readonly name: string;
  /** Where a person makes one. */
  readonly consoleUrl: string;
  /** Properties that are kept of one that comes as a JSON file, all of them needed; left out where it is one line of text. */
  readonly properties?: readonly string[];
}

/** Every step of a rotation, with what it does. The last four lead back. */
export const rotationSteps = {
  plan: 'Find the present key at the provider',
  create: 'Make the new key',
  verify: 'Try the new key',
  canary: 'Send a share of the calls with the new key',
  promote: 'Send all calls with the new key',
  drain: 'Wait until nothing uses the old key',
  disable: 'Put the old key out of use',
  revoke: 'Destroy the old key at the provider',
  enable: 'Bring the old key back into use',
  restore: 'Send all calls with the old key again',
  settle: 'Wait until nothing uses the new key',
  discard: 'Destroy the new key at the provider',
} as const;
/** See {@link rotationSteps}. */
export type RotationStepName = keyof typeof rotationSteps;
/** See {@link rotationSteps}. */
export const rotationStepNameSchema = lazily(() =>
  z.enum(Object.keys(rotationSteps) as [RotationStepName, ...RotationStepName[]]),
);

/**
 * `running`: goes on by itself, at `resumeAt` at the latest. `stopped`: waits for a person, who has something to do where there is no
 * `problem`. `done`: the new key serves and the old
 * one is gone. `failed` and `rolled-back`: the old key serves and the new one is gone; a person wanted the latter.
 */
export const rotationStateSchema = lazily(() => z.enum(['running', 'stopped', 'done', 'failed', 'rolled-back']));
/** See {@link rotationStateSchema}. */
export type RotationState = z.infer<typeof rotationStateSchema>;

/** `absent`: never made. `unknown`: it may have been made; looked for under its name before anything else is done. */
export const rotatedKeyStateSchema = lazily(() => z.enum(['absent', 'unknown', 'living', 'disabled', 'revoked']));

/** One of the two keys of a rotation, without its secret. */
export const rotatedKeySchema = lazily(() =>
  z.object({
    /** The credential's version that this key is, or will be. */
    version: z.number().int(),
    /** The provider's id of it; null while that is not known. */
    keyId: z.string().nullable(),
    /** Null while there is no key. */
    fingerprint: z.string().nullable(),
    state: rotatedKeyStateSchema,
    /** When it was stored here; null while it was not. */
    storedAt: z.iso.datetime().nullable(),
  }),
);
/** See {@link rotatedKeySchema}. */
export type RotatedKey = Readonly<z.infer<typeof rotatedKeySchema>>;

/** Why a rotation stopped or went back. */
export const rotationProblemSchema = lazily(() =>
  z.object({
    code: z.enum(Object.keys(errorDefinitions) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
  }),
);
/** See {@link rotationProblemSchema}. */
export type RotationProblem = Readonly<z.infer<typeof rotationProblemSchema>>;

/** One change of one key. */
export const rotationSchema = lazily(() =>
  z.object({
    id: z.string(),
    credentialId: z.string(),
    provider: z.string(),
    /** What the credential was called when it began. */
    label: z.string(),
    /** Who or what began it. */
    trigger: z.enum(['schedule', 'person']),
    /** True when a person makes the new key at the provider; left out when its API does. */
    guided: z.boolean().optional(),
    state: rotationStateSchema,
    direction: z.enum(['forward', 'back']),
    /** The step it is at, or ended at. */
    step: rotationStepNameSchema,
    /** How often the present step failed. */
    failures: z.number().int(),
    /** The new key's name at the provider, where keys have one. */
    keyName: z.string(),
    oldKey: rotatedKeySchema,
    newKey: rotatedKeySchema,
    startedAt: z.iso.datetime(),
    /** When the present step was reached. */
    stepSince: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    /** When it goes on by itself; null for at once, and for never when it is not running. */
    resumeAt: z.iso.datetime().nullable(),
    /** What it waits for; null when it does not. */
    waitingFor: z.string().nullable(),
    problem: rotationProblemSchema.nullable(),
  }),
);
/** See {@link rotationSchema}. */
export type Rotation = Readonly<z.infer<typeof rotationSchema>>;

/** Whether a key that a person gave is of the same account as the old one; `not-told` where the provider does not say. */
export const givenKeyComparisonSchema = lazily(() => z.enum(['same-account', 'not-told']));
/** See {@link givenKeyComparisonSchema}. */
export type GivenKeyComparison = z.infer<typeof givenKeyComparisonSchema>;

/** One attempt at one step, as it stands in the journal: written before its effect, and again after it. */
export const rotationStepSchema = lazily(() =>
  z.object({
    sequence: z.number().int(),
    step: rotationStepNameSchema,
    begunAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    /** `begun` in the journal of a program that died means: perhaps done, perhaps not. */
    outcome: z.enum(['begun', 'done', 'again', 'failed']),
    /** One sentence for a person; never a secret. */
    message: z.string().nullable(),
  }),
);
/** See {@link rotationStepSchema}. */
export type RotationStep = Readonly<z.infer<typeof rotationStepSchema>>;

/** Hours of the day, in this machine's time, in which rotations may begin; `to` is not included, and may be smaller, over midnight. */
export const rotationHoursSchema = lazily(() =>
  z
    .object({ from: z.number().int().min(0).max(23), to: z.number().int().min(0).max(24) })
    .refine(({ from, to }) => from !== to, 'The hours must not be empty'),
);
/** See {@link rotationHoursSchema}. */
export type RotationHours = Readonly<z.infer<typeof rotationHoursSchema>>;

const when = lazily(() => ({
  hours: rotationHoursSchema.nullable().default(null),
  /** A rotation begins up to this many minutes later than its time, so that many do not begin at once. */
  jitterMinutes: z.number().int().min(0).max(1_440).default(0),
}));

/** When a key is changed: so many days after it was stored, or at the times of a cron expression in this machine's time. */
export const rotationScheduleSchema = lazily(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('every'), days: z.number().int().min(1).max(3_650), ...when }),
    z.object({ kind: z.literal('cron'), expression: z.string().min(1).max(120), ...when }),
  ]),
);
/** See {@link rotationScheduleSchema}. */
export type RotationSchedule = Readonly<z.output<typeof rotationScheduleSchema>>;
/** The same as a person writes it: what is left out has its default. */
export type RotationScheduleDraft = Readonly<z.input<typeof rotationScheduleSchema>>;

/** How one credential is rotated. */
export const rotationSetupSchema = lazily(() =>
  z.object({
    credentialId: z.string(),
    /** The admin key that its calls are made with; null where none is chosen. */
    adminKeyId: z.string().nullable(),
    /** What the connector needs beside it, by name. */
    parameters: z.record(z.string(), z.string()),
    schedule: rotationScheduleSchema.nullable(),
    paused: z.boolean(),
    /** When the schedule wants it next; null without one. */
    nextAt: z.iso.datetime().nullable(),
    /** When a person was last told that it is due; null when it is not, or was not told. */
    remindedAt: z.iso.datetime().nullable(),
  }),
);
/** See {@link rotationSetupSchema}. */
export type RotationSetup = Readonly<z.infer<typeof rotationSetupSchema>>;

/** Where one credential stands, for lists and calendars. */
export const rotationOverviewSchema = lazily(() =>
  z.object({
    credentialId: z.string(),
    provider: z.string(),
    label: z.string(),
    fingerprint: z.string(),
    /** When the present version was stored, and the whole days since. */
    storedAt: z.iso.datetime(),
    ageDays: z.number().int(),
    /**
     * `automatic`: the provider's API does it. `not-connected`: it could, once the admin key and the parameters are given.
     * `by-hand`: the provider has no API for it, so a schedule only reminds.
     */
    method: z.enum(['automatic', 'not-connected', 'by-hand']),
    setup: rotationSetupSchema,
    /** True when its time has come and nothing has begun. */
    due: z.boolean(),
    /** The rotation that is under way or waits for a person; null for none. */
    current: rotationSchema.nullable(),
    /** The latest that ended; null for none. */
    last: rotationSchema.nullable(),
  }),
);
/** See {@link rotationOverviewSchema}. */
export type RotationOverview = Readonly<z.infer<typeof rotationOverviewSchema>>;

/** One change to come, for calendars. */
export const plannedRotationSchema = lazily(() =>
  z.object({
    credentialId: z.string(),
    at: z.iso.datetime(),
    /** False for those that follow the next one: they move when that is made at another time. */
    sure: z.boolean(),
  }),
);
/** See {@link plannedRotationSchema}. */
export type PlannedRotation = Readonly<z.infer<typeof plannedRotationSchema>>;

/** What every list of credentials says of their rotation. */
export const credentialRotationSchema = lazily(() =>
  z.object({
    /** Whole days since the present version was stored. */
    ageDays: z.number().int(),
    /** When the schedule wants it next; null without one, or while it is paused. */
    nextAt: z.iso.datetime().nullable(),
    state: z.enum(['none', 'scheduled', 'paused', 'due', 'running', 'stopped']),
  }),
);
/** See {@link credentialRotationSchema}. */
export type CredentialRotation = Readonly<z.infer<typeof credentialRotationSchema>>;

/** A credential that nothing is planned for. */
export const noRotation: CredentialRotation = { ageDays: 0, nextAt: null, state: 'none' };

/** A key at the provider that bears a name of ours and that nothing here uses. */
export const orphanKeySchema = lazily(() =>
  z.object({
    credentialId: z.string(),
    provider: z.string(),
    keyId: z.string(),
    name: z.string(),
    createdAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable(),
  }),
);
/** See {@link orphanKeySchema}. */
export type OrphanKey = Readonly<z.infer<typeof orphanKeySchema>>;

/** A key that makes and revokes other keys, as everyone but the vault sees it. It never reaches the gateway. */
export const adminKeySchema = lazily(() =>
  z.object({
    id: z.string(),
    provider: z.string(),
    label: z.string(),
    fingerprint: z.string(),
    createdAt: z.iso.datetime(),
  }),
);
/** See {@link adminKeySchema}. */
export type AdminKey = Readonly<z.infer<typeof adminKeySchema>>;
