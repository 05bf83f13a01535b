import http from 'node:http';
import net, { type AddressInfo } from 'node:net';

/** A proxy as a company has one: CONNECT and nothing else. */
export interface FakeProxy {
  readonly url: string;
  /** What was asked for, such as `api.openai.com:443`. */
  readonly asked: { readonly authority: string; readonly credentials: string | null }[];
  close(): Promise<void>;
}

/** How it behaves. */
export interface FakeProxyOptions {
  /** Loopback port that every tunnel leads to. */
  readonly leadsTo: number;
  /** What `Proxy-Authorization` must be; null wants none. */
  readonly credentials?: string | null;
  /** True when it takes connections and never answers. */
  readonly isHung?: boolean;
}

/** Starts one on a free port. */
export async function startFakeProxy(options: FakeProxyOptions): Promise<FakeProxy> {
  const asked: { authority: string; credentials: string | null }[] = [];
  const sockets = new Set<net.Socket>();
  const server = http.createServer((_request, response) => void response.writeHead(403).end());
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (request, socket) => {
    const credentials = request.headers['proxy-authorization'] ?? null;
    asked.push({ authority: request.url ?? '', credentials });
    if (options.isHung === true) return;
    if ((options.credentials ?? null) !== null && credentials !== options.credentials) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const beyond = net.connect(options.leadsTo, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      beyond.pipe(socket).pipe(beyond);
    });
    beyond.on('error', () => socket.destroy());
    socket.on('error', () => beyond.destroy());
    sockets.add(beyond);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
