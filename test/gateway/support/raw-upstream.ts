import net, { type AddressInfo, type Socket } from 'node:net';

/** What a bare upstream does once it has read a whole request. */
export type RawAnswer = (socket: Socket, request: string) => void;

/** An upstream that writes what no HTTP server would. */
export interface RawUpstream {
  readonly origin: string;
  /** How many requests have come, whole. */
  requests: number;
  /** Connections that are open now. */
  readonly connections: ReadonlySet<Socket>;
  /** Sets what it does from now on; `early` says that it does not wait for the body. */
  answer(answer: RawAnswer, options?: { readonly early?: boolean }): void;
  close(): Promise<void>;
}

const lengthPattern = /content-length: (\d+)/i;

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = lengthPattern.exec(text.slice(0, end));
  return length === null ? text.endsWith('0\r\n\r\n') : text.length - end - 4 >= Number(length[1]);
}

/** Starts it on a free loopback port. */
export async function startRawUpstream(): Promise<RawUpstream> {
  const connections = new Set<Socket>();
  let current: RawAnswer = (socket) => socket.destroy();
  let early = false;
  const upstream = {
    requests: 0,
    connections,
    answer(answer: RawAnswer, options: { readonly early?: boolean } = {}) {
      current = answer;
      early = options.early === true;
    },
  };
  const server = net.createServer((socket) => {
    connections.add(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('close', () => connections.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (isWhole(text) || (early && text.includes('\r\n\r\n'))) {
        const request = text;
        text = '';
        upstream.requests += 1;
        current(socket, request);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...upstream,
    get requests() {
      return upstream.requests;
    },
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
