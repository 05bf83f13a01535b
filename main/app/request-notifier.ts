import { Notification } from 'electron';
import type { AccessRequest } from '#shared/model/access.ts';

/** What the notifier needs. */
export interface RequestNotifierOptions {
  /** Whether the person wants notifications now. */
  isWanted(): Promise<boolean>;
  /** Puts the prompt in front; called when the notification is clicked. */
  review(): void;
}

/**
 * Shows a notification of the desktop for every waiting request it has not seen before; those of the inbox can wait. It only points at the prompt: nothing can
 * be answered in it.
 */
export function createRequestNotifier({
  isWanted,
  review,
}: RequestNotifierOptions): (waiting: readonly AccessRequest[]) => Promise<void> {
  let seen: ReadonlySet<string> = new Set();
  return async (all) => {
    const waiting = all.filter(({ inbox }) => inbox === null);
    const fresh = waiting.filter(({ id }) => !seen.has(id));
    seen = new Set(waiting.map(({ id }) => id));
    if (fresh.length === 0 || !Notification.isSupported() || !(await isWanted())) return;
    for (const request of fresh) {
      const notification = new Notification({
        title: `“${request.tool}” asks for access`,
        body: `Code ${request.userCode}. Answer in the prompt by the tray.`,
      });
      notification.on('click', review);
      notification.show();
    }
  };
}
