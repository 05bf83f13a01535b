import { Socket } from 'node:net';
import type { ControlMessage } from '#shared/contract/port.ts';
import { runGateway } from './run-gateway.ts';

/** The pipe that the host opens for facts, and how much may wait in it before calls do. */
const factsDescriptor = 4;
const mostWaitingBytes = 4 * 1024 * 1024;

const facts = new Socket({ fd: factsDescriptor, readable: false, writable: true });
// A pipe without a reader means that control is gone, which the other channel tells.
facts.on('error', () => undefined);

let unsent = 0;
let exitCode: number | null = null;

function leaveWhenSent(): void {
  if (exitCode !== null && unsent === 0) {
    process.exit(exitCode);
  }
}

// A terminal sends its signals to the whole group; control decides what they mean, and its end is the channel's end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => undefined);
}

runGateway({
  send(message) {
    if (!process.connected) {
      return;
    }
    unsent += 1;
    process.send?.(message, undefined, undefined, () => {
      unsent -= 1;
      leaveWhenSent();
    });
  },
  sendFacts(bytes, taken) {
    facts.write(bytes, (error) => {
      if (!error) taken();
    });
    return facts.writableLength < mostWaitingBytes;
  },
  onMessage(listener) {
    process.on('message', (message) => listener(message as ControlMessage));
  },
  onClose(listener) {
    process.once('disconnect', listener);
  },
  exit(code) {
    exitCode = code;
    leaveWhenSent();
  },
});
