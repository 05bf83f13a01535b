import type { ControlMessage } from '#shared/contract/port.ts';
import { runGateway } from './run-gateway.ts';

/** Time for the last message to leave the process, in milliseconds; Electron does not tell when it has. */
const lastMessageMs = 100;

runGateway({
  send(message) {
    process.parentPort.postMessage(message);
  },
  sendFacts(bytes, taken) {
    process.parentPort.postMessage(bytes);
    taken();
    return true;
  },
  onMessage(listener) {
    process.parentPort.on('message', (event) => listener(event.data as ControlMessage));
  },
  onClose() {
    // Electron ends a utility process together with the app.
  },
  exit(code) {
    setTimeout(() => process.exit(code), lastMessageMs);
  },
});
