import { createSecureContext, rootCertificates } from 'node:tls';
import { buildConnector } from 'undici';
import { openTunnel } from '#main/gateway/network/open-tunnel.ts';
import type { Network } from '#shared/model/network.ts';
import { proxyFor } from '#shared/policy/choose-proxy.ts';

/** Opens one connection to a provider, TLS verified, for undici. */
export type Connect = buildConnector.connector;

/** What connecting depends on. */
export interface ConnectorOptions {
  readonly network: Network;
  /** Milliseconds until a connection must stand. */
  readonly connectMs: number;
}

/**
 * Makes control's way out, which is the gateway's: straight, or through the user's proxy by a CONNECT tunnel, within which TLS is made with the upstream
 * itself. Certificates of the user's network are trusted besides the built-in ones; verification is never off.
 */
export function createConnector({ network, connectMs }: ConnectorOptions): Connect {
  const trusted = network.certificates.length === 0 ? undefined : [...rootCertificates, ...network.certificates];
  const straight = buildConnector({
    timeout: connectMs,
    allowH2: false,
    ...(trusted === undefined ? {} : { secureContext: createSecureContext({ ca: trusted }) }),
  });
  return (options, callback) => {
    const port = options.port === '' ? defaultPort(options.protocol) : options.port;
    const proxy = proxyFor(network, { hostname: options.hostname, port });
    if (proxy === null || options.protocol !== 'https:') {
      straight(options, callback);
      return;
    }
    openTunnel({ proxy, authority: `${bracketed(options.hostname)}:${port}`, withinMs: connectMs, trusted }).then(
      (httpSocket) => straight({ ...options, httpSocket }, callback),
      (error: Error) => callback(error, null),
    );
  };
}

function defaultPort(protocol: string): string {
  return protocol === 'https:' ? '443' : '80';
}

function bracketed(hostname: string): string {
  return hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname;
}
