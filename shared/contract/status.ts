import { z } from 'zod';
import { lazily } from '../model/lazily.ts';

/** Why the owner of the keys counts as away. */
export const awayReasonSchema = lazily(() => z.enum(['locked', 'asleep', 'idle']));
/** See {@link awayReasonSchema}. */
export type AwayReason = z.infer<typeof awayReasonSchema>;

const awaySchema = lazily(() =>
  z.object({ reasons: z.array(awayReasonSchema), calls: z.enum(['go-on', 'wait', 'refuse']) }),
);

/** State of the whole program, for tray, dashboard and `toll doctor`. */
export const statusSchema = lazily(() =>
  z.object({
    version: z.string(),
    mode: z.enum(['app', 'headless']),
    pid: z.number().int(),
    home: z.string(),
    gateway: z.object({
      state: z.enum(['starting', 'running', 'paused', 'restarting', 'failed', 'stopped']),
      /** Base URL, such as `http://127.0.0.1:8377`; null while not listening. */
      url: z.string().nullable(),
      pid: z.number().int().nullable(),
      restarts: z.number().int(),
      message: z.string().nullable(),
      /** Unix socket or named pipe that answers like `url`; null where there is none. */
      socketPath: z.string().nullable(),
      /** Null while TLS is off. */
      tls: z.object({ url: z.string().nullable(), message: z.string().nullable() }).nullable(),
    }),
    vault: z.object({
      kind: z.enum(['keychain', 'passphrase', 'memory']),
      state: z.enum(['ready', 'locked', 'unavailable']),
      message: z.string().nullable(),
    }),
    ledger: z.object({
      state: z.enum(['ready', 'waiting']),
      pendingRows: z.number().int(),
      message: z.string().nullable(),
    }),
    waitingRequests: z.number().int(),
    activeGrants: z.number().int(),
    runningRequests: z.number().int(),
    screenLocked: z.boolean(),
    /** Why the owner counts as away, and what becomes of calls because of it. */
    away: awaySchema.exactOptional(),
    /** Name and date of the price catalogue. */
    priceVersion: z.string(),
  }),
);
/** See {@link statusSchema}. */
export type Status = Readonly<z.infer<typeof statusSchema>>;

/** Something changed; views ask again for what they show. */
export const changeTopics = [
  'status',
  'credentials',
  'aliases',
  'requests',
  'grants',
  'policies',
  'limits',
  'rotations',
  'alerts',
  'usage',
  'audit',
  'settings',
  'running',
] as const;
/** See {@link changeTopics}. */
export type ChangeTopic = (typeof changeTopics)[number];

/** The ready file, `<home>/run/state.json`. */
export const readyFileSchema = lazily(() =>
  z.object({
    gateway: z.string(),
    pid: z.number().int(),
    version: z.string(),
    mode: z.enum(['app', 'headless']),
  }),
);
/** See {@link readyFileSchema}. */
export type ReadyFile = Readonly<z.infer<typeof readyFileSchema>>;
