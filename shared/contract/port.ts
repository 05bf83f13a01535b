import { z } from 'zod';
import type { Alias } from '../model/alias.ts';
import type { CallerVerdict } from '../model/binding.ts';
import { credentialHealthSchema } from '../model/credential.ts';
import { lazily } from '../model/lazily.ts';
import type { LimitLease } from '../model/limit.ts';
import type { Network, UpstreamTimeouts } from '../model/network.ts';
import type { PriceTables } from '../model/price.ts';

/**
 * The control–gateway boundary. Control pushes configuration and snapshots down; the gateway reports facts up.
 * Messages are plain structured-cloneable objects. This file's snapshot is the one contract that carries provider keys;
 * it exists only between those two processes and never reaches the renderer or a disk.
 */

/** A new key of a credential, which a share of its calls tries while the present one stands ready. */
export interface CanaryLease {
  /** The credential's version that the key will be. */
  readonly version: number;
  readonly secret: string;
  /** Percent of the credential's calls, 1 to 100. */
  readonly share: number;
}

/** One reachable upstream: a credential ready for use. */
export interface UpstreamLease {
  /** Provider id as in the gateway path. */
  readonly provider: string;
  /** Id of the data file that describes it (`custom` for the user's own). */
  readonly definition: string;
  readonly credentialId: string;
  readonly credentialVersion: number;
  readonly baseUrl: string;
  /** The provider key; empty for local servers without one. */
  readonly secret: string;
  /** True when the secret is a token of some minutes that the provider gave for an assertion. */
  readonly isToken?: boolean;
  readonly isDefault: boolean;
  /** Share in its provider's pool, 0 to 100; 0 serves only when no other is left. Null is outside the pool, and serves only where a provider has none. */
  readonly weight: number | null;
  /** When the provider was last seen to accept the key, milliseconds since the epoch; a later time than before takes back what is held against it. */
  readonly acceptedAt: number | null;
  /** Absent or null while no new key is tried. */
  readonly canary?: CanaryLease | null;
}

/** An alias as the gateway needs it. */
export type AliasLease = Pick<Alias, 'name' | 'targets' | 'timeouts' | 'fallbackOn'>;

/** What a live grant allows, as the gateway enforces it. */
export interface GrantLease {
  readonly grantId: string;
  readonly tool: string;
  readonly scopes: readonly string[];
  /** Wall-clock end, milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Null for no limit. The gateway keeps its own count for grants it knows and takes these for grants that are new to it. */
  readonly usesLeft: number | null;
  readonly budgetLeftMicroUsd: number | null;
  /** What it was given in all, top-ups included; when it grows, so does what the gateway counts as left. */
  readonly budgetMicroUsd: number | null;
  /** May this tool send `?key=`. */
  readonly queryToken: boolean;
  /** True when its tokens work for certain processes only: control is asked once for each connection. Absent is false. */
  readonly bound?: boolean;
  /** The grant it stems from: what it uses is taken from that one too, and without it it is nothing. Absent or null for one that the user gave. */
  readonly parentGrantId?: string | null;
}

/** The whole of what the gateway needs, versioned; replaces the one before. */
export interface Snapshot {
  readonly version: number;
  readonly issuer: string;
  readonly audience: string;
  /** Public keys, RFC 7517. */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  readonly upstreams: readonly UpstreamLease[];
  readonly aliases: readonly AliasLease[];
  /** Live grants only: what is not here is revoked. */
  readonly grants: readonly GrantLease[];
  /** What was used of a limit is taken for those that are new to the gateway; it keeps its own count of the others. */
  readonly limits: readonly LimitLease[];
  /** Token ids revoked one by one while their grant lives. */
  readonly revokedTokenIds: readonly string[];
  /** SHA-256 (base64url) of each reference token, to its grant and token id. */
  readonly referenceTokens: readonly {
    readonly hash: string;
    readonly grantId: string;
    readonly tokenId: string;
    readonly expiresAt: number;
    /** RFC 7638 thumbprint of the key whose proof must come with it; absent or null for a bearer token. RFC 9449. */
    readonly keyThumbprint?: string | null;
  }[];
  readonly paused: boolean;
  /** Set while the owner is away: there is no key in this snapshot then, and what becomes of calls meanwhile. */
  readonly hold?: CallHoldLease | null;
}

/** What becomes of calls that come while their owner is away. */
export interface CallHoldLease {
  readonly mode: 'wait' | 'refuse';
  /** Milliseconds that a call waits at most. */
  readonly waitMs: number;
}

/** What the gateway needs to speak TLS on a port of its own. */
export interface TlsLease {
  /** 0 picks a free one. */
  readonly port: number;
  /** The certificate, then what it was signed with; PEM. */
  readonly chain: string;
  /** PEM. */
  readonly privateKey: string;
}

/** How the gateway is to listen. */
export interface GatewayConfiguration {
  /** 0 picks a free one. */
  readonly port: number;
  /** Unix socket or named pipe for callers that can do without a port. */
  readonly socketPath: string;
  /** Null while TLS is off. */
  readonly tls: TlsLease | null;
  /** Unix socket or named pipe of the authorization server. */
  readonly authorizationServerPath: string;
  /** Milliseconds. */
  readonly timeouts: UpstreamTimeouts;
  readonly network: Network;
  readonly maxBodyBytes: number;
}

/** Messages from control to the gateway. */
export type ControlMessage =
  | { readonly type: 'configure'; readonly configuration: GatewayConfiguration; readonly snapshot: Snapshot }
  | { readonly type: 'apply-snapshot'; readonly snapshot: Snapshot }
  /** Comes before `configure` too; holds for calls that are priced from now on. */
  | { readonly type: 'apply-prices'; readonly prices: PriceTables }
  | { readonly type: 'apply-network'; readonly network: Network; readonly timeouts: UpstreamTimeouts }
  | { readonly type: 'apply-tls'; readonly tls: TlsLease | null }
  | { readonly type: 'keep-facts'; readonly spill: FactsSpill }
  | { readonly type: 'facts-kept'; readonly upTo: number }
  /** How many calls in flight hold this version of a key? Answered by `key-counted`. */
  | { readonly type: 'count-key'; readonly questionId: number; readonly credentialId: string; readonly version: number }
  | { readonly type: 'caller-checked'; readonly questionId: number; readonly verdict: CallerVerdict }
  | { readonly type: 'shut-down'; readonly graceMs: number };

/** Where the gateway leaves, when control dies, what control has not said to be kept. */
export interface FactsSpill {
  /** Absolute path of a file that is not there yet. */
  readonly path: string;
  /** Names this run of the gateway; no other ever has it. */
  readonly runId: string;
  /** 32 bytes as hex, for AES-256-GCM. It opens nothing but such files. */
  readonly key: string;
}

/** Schema of messages from the gateway to control. */
export const gatewayMessageSchema = lazily(() =>
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('started') }),
    z.object({ type: z.literal('listening'), port: z.number().int(), addresses: z.array(z.string()) }),
    /** The doors beside the plain one; see `OtherDoors`. */
    z.object({
      type: z.literal('doors-changed'),
      socketPath: z.string().nullable(),
      tls: z.object({ port: z.number().int().nullable(), message: z.string().nullable() }).nullable(),
    }),
    z.object({ type: z.literal('listen-failed'), code: z.enum(['port_in_use', 'internal']), message: z.string() }),
    z.object({ type: z.literal('snapshot-applied'), version: z.number().int() }),
    /** Sent when a credential's circuit opens or closes, or when it begins to cool down; the last word counts. */
    z.object({
      type: z.literal('health-changed'),
      credentials: z.array(z.object({ credentialId: z.string(), health: credentialHealthSchema })),
    }),
    /** How a call that tried a new key went. After a refusal, which no caller saw, this gateway tries that key no more. */
    z.object({
      type: z.literal('canary-called'),
      credentialId: z.string(),
      version: z.number().int(),
      /** Status of the refusal; null when the key was accepted. */
      refused: z.number().int().nullable(),
    }),
    z.object({ type: z.literal('key-counted'), questionId: z.number().int(), calls: z.number().int() }),
    /** May the process behind this connection use the tokens of a bound grant? Answered by `caller-checked`. */
    z.object({
      type: z.literal('check-caller'),
      questionId: z.number().int(),
      grantId: z.string(),
      connection: z.object({ callerAddress: z.string(), callerPort: z.number().int(), localPort: z.number().int() }),
    }),
    z.object({ type: z.literal('shut-down-complete') }),
  ]),
);

/** See {@link gatewayMessageSchema}. */
export type GatewayMessage = Readonly<z.infer<typeof gatewayMessageSchema>>;

/**
 * A running gateway process as control sees it. Implemented by the host (child process or utilityProcess) and by tests.
 * `onExit` fires once, with null when it ended because it was told to.
 */
export interface GatewayProcess {
  send(message: ControlMessage): void;
  onMessage(listener: (message: GatewayMessage) => void): void;
  /** The next bytes of its facts, lines as `writeFacts` makes them. All it wrote comes before `onExit`, however it ended. */
  onFacts(listener: (bytes: Uint8Array) => void): void;
  onExit(listener: (reason: string | null) => void): void;
  /** Ends it at once (SIGKILL). */
  kill(): void;
  readonly pid: number | undefined;
}

/** Starts one gateway process. */
export type StartGateway = () => GatewayProcess;
