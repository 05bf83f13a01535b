import type { Socket } from 'node:net';

/** A body up to this size is copied behind its head; a larger one follows in a piece of its own. */
const joinedBytes = 16 * 1024;

/** Sends a request that is in memory as a whole, in one write to the kernel. */
export function sendWhole(socket: Socket, head: string, body: Buffer | null): void {
  if (body === null) {
    socket.write(head, 'latin1');
  } else if (body.length > joinedBytes) {
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body);
    socket.uncork();
  } else {
    const bytes = Buffer.allocUnsafe(head.length + body.length);
    bytes.write(head, 0, 'latin1');
    bytes.set(body, head.length);
    socket.write(bytes);
  }
}
