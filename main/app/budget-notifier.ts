import { Notification } from 'electron';
import { newWarnings, type TightBudget } from './budget-view.ts';

/** What the notifier needs. */
export interface BudgetNotifierOptions {
  /** Whether the person wants notifications now. */
  isWanted(): Promise<boolean>;
  /** Shows the limits; called when the notification is clicked. */
  open(): void;
}

/**
 * Shows a notification of the desktop for each budget that has reached a warning since the last look. What was reached before the
 * first look was told before this start.
 */
export function createBudgetNotifier({
  isWanted,
  open,
}: BudgetNotifierOptions): (budgets: readonly TightBudget[]) => Promise<void> {
  let seen: readonly TightBudget[] | null = null;
  return async (budgets) => {
    const fresh = seen === null ? [] : newWarnings(seen, budgets);
    seen = budgets;
    if (fresh.length === 0 || !Notification.isSupported() || !(await isWanted())) return;
    for (const { whose, allows, percent, anew } of fresh) {
      const notification = new Notification({
        title: `${percent}% of a budget is spent`,
        body: `${allows} for ${whose}.${anew === null ? '' : ` It begins anew at ${anew}.`} The tray menu can add to it.`,
      });
      notification.on('click', open);
      notification.show();
    }
  };
}
