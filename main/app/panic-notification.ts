import { Notification } from 'electron';
import type { OperationOutput } from '#shared/contract/operations.ts';

/** Shows what a stop from the tray did, and how to go on; always, since somebody who stops everything wants to know. */
export function notifyStopped(done: OperationOutput<'panic'>, open: () => void): void {
  if (!Notification.isSupported()) return;
  const { grantsEnded, callsCut, durationMs } = done;
  const notification = new Notification({
    title: `Everything ended in ${durationMs} ms`,
    body: `Grants ended: ${grantsEnded}. Calls cut: ${callsCut}. The gateway has no keys and is paused until you resume it.`,
  });
  notification.on('click', open);
  notification.show();
}
