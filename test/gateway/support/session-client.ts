import { type ClientOptions, WebSocket } from 'ws';

/** How a session came to its end. */
export interface SessionClose {
  readonly code: number;
  readonly reason: string;
}

/** A caller's end of a live session. */
export interface SessionClient {
  readonly socket: WebSocket;
  readonly messages: string[];
  /** Resolves with the first message that `wanted` accepts, once it is there. */
  message(wanted: (message: Readonly<Record<string, unknown>>) => boolean): Promise<Readonly<Record<string, unknown>>>;
  readonly closed: Promise<SessionClose>;
}

/** Why a session did not come about. */
export interface SessionRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Opens a session; rejects with a {@link SessionRefusal} when the answer is plain HTTP. */
export function openSession(
  url: string,
  options: ClientOptions & { readonly protocols?: string[] } = {},
): Promise<SessionClient> {
  const { protocols = [], ...rest } = options;
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, rest);
  const messages: string[] = [];
  const listeners = new Set<() => void>();
  socket.on('message', (data) => {
    messages.push(String(data));
    for (const listener of [...listeners]) listener();
  });
  const closed = new Promise<SessionClose>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  return new Promise((resolve, reject) => {
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        reject({ status: response.statusCode, headers: response.headers, body: text === '' ? {} : JSON.parse(text) });
      });
    });
    socket.on('error', reject);
    socket.once('open', () =>
      resolve({
        ...{ socket, messages, closed },
        message: (wanted) =>
          new Promise((found) => {
            const look = (): void => {
              const match = messages.map((text) => JSON.parse(text)).find(wanted);
              if (match !== undefined) {
                listeners.delete(look);
                found(match);
              }
            };
            listeners.add(look);
            look();
          }),
      }),
    );
  });
}
