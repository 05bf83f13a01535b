import net, { type Socket } from 'node:net';

/** What a caller got on a bare connection, once it was over. */
export interface Received {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** True when the answer was not whole by its own framing. */
  readonly cut: boolean;
  readonly requestId: string;
}

/** A caller on a bare connection. */
export interface RawCaller {
  readonly socket: Socket;
  /** Resolves with what has come by then, as soon as `wanted` accepts it. */
  until(wanted: (text: string) => boolean): Promise<string>;
  /** Resolves when the connection is over. */
  readonly over: Promise<Received>;
}

/** A request as bytes. */
export function requestText(options: {
  readonly token: string;
  readonly port: number;
  readonly body: string;
  readonly path?: string;
  readonly headers?: readonly string[];
}): string {
  const { token, port, body, path = '/openai/v1/chat/completions', headers = ['Connection: close'] } = options;
  const lines = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Connects and sends bytes as they are. */
export function callRaw(port: number, text: string): RawCaller {
  let received = '';
  const looks = new Set<() => void>();
  const socket = net.connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    for (const look of [...looks]) look();
  });
  socket.on('error', () => undefined);
  return {
    socket,
    until: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!wanted(received)) return;
          looks.delete(look);
          resolve(received);
        };
        looks.add(look);
        look();
      }),
    over: new Promise((resolve) => socket.once('close', () => resolve(readAnswer(received)))),
  };
}

function readAnswer(text: string): Received {
  const end = text.indexOf('\r\n\r\n');
  const head = end === -1 ? text : text.slice(0, end);
  const body = end === -1 ? '' : text.slice(end + 4);
  const length = /content-length: (\d+)/i.exec(head);
  const whole = length === null ? body.endsWith('0\r\n\r\n') : body.length === Number(length[1]);
  return {
    ...{ head, body, cut: end === -1 || !whole },
    status: Number(head.split(' ')[1] ?? 0),
    requestId: /x-tollkeeper-request-id: (\S+)/i.exec(head)?.[1] ?? '',
  };
}
