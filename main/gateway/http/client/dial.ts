import net, { type OnReadOpts, type Socket } from 'node:net';
import tls, { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { Network } from '#shared/model/network.ts';
import { proxyFor } from '#shared/policy/choose-proxy.ts';
import { openTunnel } from '../../network/open-tunnel.ts';

/** What dialling depends on. */
export interface DialOptions {
  readonly network: Network;
  /** Milliseconds a proxy has to open its tunnel. */
  readonly connectMs: number;
}

/** Told how a connection came about. One of them is called, once. */
export interface Dialled {
  /** `reads` is true when the bytes come through `onRead`, else as the socket's own `data`. */
  onOpen(socket: Socket, reads: boolean): void;
  onFailure(error: Error): void;
}

/** Opens a connection to an origin. `onRead` takes what comes in where the kind of connection allows it; null leaves all to `data`. */
export type Dial = (origin: URL, onRead: OnReadOpts | null, dialled: Dialled) => { abandon(): void };

const keepAliveProbeMs = 60_000;
const highWaterMark = 64 * 1024;

/**
 * Makes the one way out for calls: straight, or through the user's proxy by a CONNECT tunnel within which TLS is made with the upstream
 * itself. TLS is always verified, against the built-in authorities and those of the user's network; sessions are resumed.
 */
export function createDial({ network, connectMs }: DialOptions): Dial {
  const trusted = network.certificates.length === 0 ? undefined : [...rootCertificates, ...network.certificates];
  const sessions = new Map<string, Buffer>();
  let context: SecureContext | null = null;
  const secure = (): SecureContext => {
    context ??= createSecureContext(trusted === undefined ? {} : { ca: trusted });
    return context;
  };

  function connect(
    origin: URL,
    { onread, tunnel }: { readonly onread?: OnReadOpts; readonly tunnel?: Socket },
  ): Socket {
    const host = origin.hostname.replace(/^\[|\]$/g, '');
    const port = Number(origin.port) || (origin.protocol === 'https:' ? 443 : 80);
    const common = {
      ...{ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveProbeMs, highWaterMark },
      ...(onread === undefined ? {} : { onread }),
    };
    if (origin.protocol !== 'https:') {
      return net.connect(common);
    }
    const session = sessions.get(origin.host);
    const socket = tls.connect({
      ...common,
      ...(tunnel === undefined ? {} : { socket: tunnel }),
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      ...(session === undefined ? {} : { session }),
      ALPNProtocols: ['http/1.1'],
      secureContext: secure(),
      rejectUnauthorized: true,
    });
    socket.on('session', (next: Buffer) => sessions.set(origin.host, next));
    return socket;
  }

  return (origin, onread, dialled) => {
    const proxied = proxyFor(network, { hostname: origin.hostname, port: origin.port || '443' });
    if (proxied === null || origin.protocol !== 'https:') {
      const socket = connect(origin, onread === null ? {} : { onread });
      whenOpen(socket, origin, {
        open: () => dialled.onOpen(socket, onread !== null),
        fail: (error) => dialled.onFailure(error),
      });
      return { abandon: () => socket.destroy() };
    }
    let abandoned = false;
    let socket: Socket | null = null;
    const authority = `${origin.hostname}:${origin.port || '443'}`;
    openTunnel({ proxy: proxied, authority, withinMs: connectMs, trusted }).then(
      (tunnel) => {
        if (abandoned) {
          tunnel.destroy();
          return;
        }
        const inner = connect(origin, { tunnel });
        socket = inner;
        whenOpen(inner, origin, {
          open: () => dialled.onOpen(inner, false),
          fail: (error) => dialled.onFailure(error),
        });
      },
      (error: Error) => {
        if (!abandoned) {
          dialled.onFailure(error);
        }
      },
    );
    return {
      abandon() {
        abandoned = true;
        socket?.destroy();
      },
    };
  };
}

function whenOpen(
  socket: Socket,
  origin: URL,
  then: { readonly open: () => void; readonly fail: (error: Error) => void },
): void {
  socket.once('error', then.fail);
  socket.once(origin.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
    socket.off('error', then.fail);
    then.open();
  });
}
