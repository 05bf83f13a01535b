import type { ControlMessage } from '#shared/contract/port.ts';
import { runGateway } from './run-gateway.ts';

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
