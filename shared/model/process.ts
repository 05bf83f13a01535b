import { z } from 'zod';
import type { ProcessMark } from './binding.ts';
import { lazily } from './lazily.ts';

const processLinkSchema = lazily(() =>
  z.object({
    pid: z.number().int(),
    /** Absolute path of the executable, or null when the platform would not say. */
    executable: z.string().nullable(),
    name: z.string(),
    /** Opaque start time, to tell a reused pid; null when the platform would not say. */
    startedAt: z.string().nullable().optional(),
  }),
);

/** The program on the other end of a connection, as far as the platform can prove it. It advises a person; it does not authorise. */
export const peerProcessSchema = lazily(() =>
  z.object({
    pid: z.number().int(),
    executable: z.string().nullable(),
    /** SHA-256 of the executable's content, hex; null or left out where it could not be read. */
    executableHash: z.string().nullable().optional(),
    /** Short name for people: the script for an interpreter, else the executable's base name. */
    name: z.string(),
    arguments: z.array(z.string()),
    /** Working folder. */
    folder: z.string().nullable(),
    user: z.string().nullable(),
    /** Opaque start time, to tell a reused pid. */
    startedAt: z.string().nullable(),
    /** Parents from the nearest up to the terminal or app that started it. */
    parents: z.array(processLinkSchema),
    /** True when the operating system vouched for pid and executable; false when they are only claimed. */
    verified: z.boolean(),
  }),
);

/** See {@link peerProcessSchema}. */
export type PeerProcess = Readonly<z.infer<typeof peerProcessSchema>>;

/** The two ends of a loopback TCP connection, seen from the caller: its port, and the port it connected to. */
export interface LoopbackConnection {
  readonly callerAddress: string;
  readonly callerPort: number;
  readonly localPort: number;
}

/**
 * Who holds the calling end of a connection: the process and all it descends from, itself first; or it has gone meanwhile; or
 * that is not to be told.
 */
export type CallerSearch =
  | { readonly state: 'found'; readonly lineage: readonly ProcessMark[] }
  | { readonly state: 'gone' }
  | { readonly state: 'unknown' };
