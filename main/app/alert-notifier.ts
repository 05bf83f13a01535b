import { Notification } from 'electron';
import type { Alert } from '#shared/model/alert.ts';

/** What the notifier needs. */
export interface AlertNotifierOptions {
  /** Whether the person wants notifications now. */
  isWanted(): Promise<boolean>;
  /** Shows the alerts; called when the notification is clicked. */
  open(): void;
}

/**
 * Shows a notification of the desktop for each alert that is new since the last look; one that happens again is not new. What stood
 * at the first look was told before this start.
 */
export function createAlertNotifier({
  isWanted,
  open,
}: AlertNotifierOptions): (unread: readonly Alert[]) => Promise<void> {
  let seen: ReadonlySet<string> | null = null;
  return async (unread) => {
    const known = seen;
    const fresh = known === null ? [] : unread.filter(({ id }) => !known.has(id));
    seen = new Set(unread.map(({ id }) => id));
    if (fresh.length === 0 || !Notification.isSupported() || !(await isWanted())) return;
    for (const { sentence, done } of fresh) {
      const notification = new Notification({ title: 'Something irregular', body: `${sentence} ${done}` });
      notification.on('click', open);
      notification.show();
    }
  };
}
