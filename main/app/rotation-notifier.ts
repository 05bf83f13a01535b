import { Notification } from 'electron';
import type { RotationOverview } from '#shared/model/rotation.ts';
import { rotationNews } from './rotation-view.ts';

/** What the notifier needs. */
export interface RotationNotifierOptions {
  /** Whether the person wants notifications now. */
  isWanted(): Promise<boolean>;
  /** Shows the keys; called when the notification is clicked. */
  open(): void;
}

/**
 * Shows a notification of the desktop for each change of a key that needs a person, and for each key that is due. What stood at the
 * first look was told before this start.
 */
export function createRotationNotifier({
  isWanted,
  open,
}: RotationNotifierOptions): (overviews: readonly RotationOverview[]) => Promise<void> {
  let seen: ReadonlySet<string> | null = null;
  return async (overviews) => {
    const known = seen;
    const news = rotationNews(overviews);
    seen = new Set(news.map(({ name }) => name));
    const fresh = known === null ? [] : news.filter(({ name }) => !known.has(name));
    if (fresh.length === 0 || !Notification.isSupported() || !(await isWanted())) return;
    for (const { title, body } of fresh) {
      const notification = new Notification({ title, body });
      notification.on('click', open);
      notification.show();
    }
  };
}
