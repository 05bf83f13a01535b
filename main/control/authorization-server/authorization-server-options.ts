import type { OauthStateStore } from '#main/store/registry/registry.ts';
import type { AccessDemand } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { LoopbackConnection, PeerProcess } from '#shared/model/process.ts';
import type { Log } from '../control-options.ts';

/** A demand that came in by the device endpoint. */
export interface DeviceDemand {
  readonly demand: AccessDemand;
  /** Null when the caller's process could not be told. */
  readonly process: PeerProcess | null;
  /** The code the tool shows, such as `KFTW-9PLM`; the prompt must show the same one. RFC 8628 section 3.3. */
  readonly userCode: string;
}

/** How a demand was decided. */
export type DeviceDecision =
  | { readonly outcome: 'granted'; readonly grantId: string }
  | { readonly outcome: 'denied' }
  /** Nobody answered in time. */
  | { readonly outcome: 'expired' };

/** A demand that was put to policies and, where they don't decide, to a person. */
export interface DeviceAccessRequest {
  readonly requestId: string;
  /** Never rejects; may already be decided. Once granted, the grant stands whether or not the token is ever collected. */
  readonly decision: Promise<DeviceDecision>;
}

/** A signed token, to be handed out once. */
export interface IssuedToken {
  readonly token: string;
  /** Wall-clock end, milliseconds since the epoch. */
  readonly expiresAt: number;
  /** What was granted, possibly narrower than what was asked. */
  readonly scopes: readonly string[];
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
}

/** What the authorization server asks of the rest of control; it decides nothing about access by itself. */
export interface AccessAuthority {
  /** Asks for access. Rejects with a TollkeeperError, such as `vault_locked`. */
  request(demand: DeviceDemand): Promise<DeviceAccessRequest>;
  /** True while a request waits for an answer; false after a restart has forgotten it. */
  isWaiting(requestId: string): boolean;
  /** Signs the token of a grant for this client; null when the grant has ended. Called once per request. */
  issue(input: { readonly grantId: string; readonly clientId: string }): Promise<IssuedToken | null>;
  /** Reads a presented JWT or reference token; null for whatever is not a live token. Never rejects for a bad one. */
  readToken(presented: string): Promise<LiveToken | null>;
  /** Ends the token's grant at the wish of the client that holds it. RFC 7009. */
  revoke(token: LiveToken): Promise<void>;
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
