import type { OauthStateStore } from '#main/store/registry/registry.ts';
import type { AccessDemand, RequestChannel } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { LoopbackConnection, PeerProcess } from '#shared/model/process.ts';
import type { NarrowingWish } from '#shared/policy/narrow-grant.ts';
import type { Log } from '../control-options.ts';

/** A demand as a client made it. */
export interface ClientDemand {
  readonly demand: AccessDemand;
  readonly channel: Exclude<RequestChannel, 'control-socket'>;
  /** Null when the asking process could not be told; by the browser's way it never can. */
  readonly process: PeerProcess | null;
  /** The code the tool already shows, such as `KFTW-9PLM`; null when control is to make one. RFC 8628 section 3.3. */
  readonly userCode: string | null;
}

/** How a demand was decided. */
export type AccessDecision =
  | { readonly outcome: 'granted'; readonly grantId: string }
  | { readonly outcome: 'denied' }
  /** Nobody answered in time. */
  | { readonly outcome: 'expired' };

/** A demand that was put to policies and, where they don't decide, to a person. */
export interface PendingAccess {
  readonly requestId: string;
  /** The code that the prompt shows. */
  readonly userCode: string;
  /** Never rejects; may already be decided. Once granted, the grant stands whether or not the token is ever collected. */
  readonly decision: Promise<AccessDecision>;
}

/** A signed token, to be handed out once. */
export interface IssuedToken {
  readonly token: string;
  /** Wall-clock end, milliseconds since the epoch. */
  readonly expiresAt: number;
  /** What was granted, possibly narrower than what was asked. */
  readonly scopes: readonly string[];
}

/** A grant that is alive. Times are milliseconds since the epoch. */
export interface LivingGrant {
  readonly tool: string;
  readonly scopes: readonly string[];
  /** Null for no limit. */
  readonly uses: number | null;
  /** Micro-dollars; null for no limit. */
  readonly budgetMicroUsd: number | null;
  readonly purpose: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** What was used a second time, which only happens when it was stolen. RFC 9700 section 4.14, RFC 6749 section 4.1.2. */
export type ReusedArtifact = 'refresh-token' | 'authorization-code';

/** Which token is wanted. */
export interface TokenWish {
  readonly grantId: string;
  readonly clientId: string;
  /** Ends the token before its grant, when the client can get another one by itself; null for as long as the grant. */
  readonly lifetimeSeconds: number | null;
  /** An opaque `tk_…` token instead of a JWT. */
  readonly reference: boolean;
  /** RFC 7638 thumbprint of the key that the token is bound to; null for a bearer token. */
  readonly keyThumbprint: string | null;
}

/** A token of ours whose grant is active, neither revoked nor expired. Times are milliseconds since the epoch. */
export interface LiveToken {
  readonly tokenId: string;
  readonly grantId: string;
  readonly tool: string;
  /** `client_id` of the token; the tool's name where there is no other. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** RFC 7638 thumbprint of the key whose proof must come with it; null for a bearer token. */
  readonly keyThumbprint: string | null;
  /** The sub-agents it was handed on to, the last one first. RFC 8693 section 4.1. */
  readonly delegates: readonly string[];
}

/** What the authorization server asks of the rest of control; it decides nothing about access by itself. */
export interface AccessAuthority {
  /** Asks for access. Rejects with a TollkeeperError, such as `vault_locked`. */
  request(demand: ClientDemand): Promise<PendingAccess>;
  /** True while a request waits for an answer; false after a restart has forgotten it. */
  isWaiting(requestId: string): boolean;
  /** Signs the token of a grant for this client; null when the grant has ended. Called once per request. */
  issue(wish: TokenWish): Promise<IssuedToken | null>;
  /**
   * Makes a narrower grant below that of a live token. Throws a TollkeeperError: `insufficient_scope`, `token_already_used`,
   * `budget_exceeded`, `conflict` or `access_denied`.
   */
  handOn(order: { readonly subject: LiveToken; readonly delegate: string; readonly wish: NarrowingWish }): {
    readonly grantId: string;
  };
  /** Null for one that has ended or never was. */
  livingGrant(grantId: string): LivingGrant | null;
  /**
   * Reads a presented JWT or reference token; null for whatever is not a live token. `from` is whoever wants to act by it, null when that
   * is not to be told: a token that is bound to other processes is not live there. Never rejects for a bad one.
   */
  readToken(presented: string, from?: LoopbackConnection | null): Promise<LiveToken | null>;
  /** Ends the token's grant at the wish of the client that holds it. RFC 7009. */
  revoke(token: Pick<LiveToken, 'grantId'>): Promise<void>;
  /** Ends the grant of something that was used twice, and writes down that it was. */
  endReused(reuse: {
    readonly grantId: string;
    readonly clientId: string;
    readonly what: ReusedArtifact;
  }): Promise<void>;
  /** A client registered itself; for the audit log. RFC 7591. */
  clientRegistered(client: { readonly clientId: string; readonly name: string }): void;
}

/** Everything an authorization server is made from. */
export interface AuthorizationServerOptions {
  /** Base URL of the gateway without a trailing slash; issuer and audience of every token. */
  readonly issuer: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly state: OauthStateStore;
  readonly access: AccessAuthority;
  /** Public signing keys as of now, RFC 7517: the active one and those whose tokens may still live. */
  jwks(): { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  /** Milliseconds for which the code flow’s page is held while nothing is decided; twenty seconds unless told. */
  readonly waitingPageHoldMs?: number;
  /** Which process is at the other end of the gateway's connection; null when the platform can't tell. Never rejects. */
  peerOf(connection: LoopbackConnection): Promise<PeerProcess | null>;
}

/** An authorization server for one issuer. When the gateway's URL changes, close it and make another over the same state. */
export interface AuthorizationServer {
  /** Answers HTTP on a unix socket (made 0600; a stale one is replaced) or a Windows named pipe. */
  listen(path: string): Promise<void>;
  /** Answers HTTP on a free loopback port; for tests of the server by itself. Resolves with the port. */
  listenOnLoopback(): Promise<number>;
  /** Stops answering and cuts idle connections. Waiting requests stay with control. */
  close(): Promise<void>;
}
