import type { WebSocket } from 'ws';

/** One message, whole. */
export interface Message {
  readonly bytes: Buffer;
  readonly binary: boolean;
}

/** One direction of a session. */
export interface MessagePipe {
  readonly from: WebSocket;
  readonly to: WebSocket;
  /** What goes on in place of a message; null for nothing. */
  readonly pass: (message: Message) => Message | null;
  /** Told of every frame. */
  readonly alive: () => void;
}

/** Bytes that may wait for one side before the other is no longer read. */
const mostWaitingBytes = 1024 * 1024;

/** Carries messages from one side to the other, in order, and stops reading while the other side is behind. Pings are answered on each side by itself. */
export function pipeMessages({ from, to, pass, alive }: MessagePipe): void {
  const onSent = (): void => {
    if (from.isPaused && to.bufferedAmount <= mostWaitingBytes) {
      from.resume();
    }
  };
  from.on('message', (data, binary) => {
    alive();
    const bytes = Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
    const message = pass({ bytes, binary });
    if (message === null || to.readyState !== to.OPEN) {
      return;
    }
    to.send(message.bytes, { binary: message.binary, compress: false }, onSent);
    if (to.bufferedAmount > mostWaitingBytes) {
      from.pause();
    }
  });
  from.on('ping', alive);
  from.on('pong', alive);
  to.once('close', () => {
    if (from.isPaused) {
      from.resume();
    }
  });
}
