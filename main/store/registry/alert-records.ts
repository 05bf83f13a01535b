import type { Alert, WatchRuleId, WatchRuleStatus } from '#shared/model/alert.ts';

/** An alert as it is kept. */
export type AlertRecord = Alert & {
  /** Alerts of one key are about the same matter. */
  readonly key: string;
};

/** What was noticed. */
export interface AlertStore {
  /** Newest first. */
  list(options: { readonly unreadOnly: boolean; readonly limit: number }): readonly Alert[];
  /** The newest of that key; null when there is none. */
  findLatest(key: string): AlertRecord | null;
  /** The newest unread one of this rule and tool when there are at least `most`; null when there are fewer. */
  findCrowded(which: Pick<Alert, 'rule' | 'tool'>, most: number): AlertRecord | null;
  /** Adds it, or takes the place of the one of that id. */
  put(alert: AlertRecord): void;
  /** Marks one, or all, as read; returns how many were not before. `at` is ISO 8601. */
  markRead(id: string | null, at: string): number;
  has(id: string): boolean;
  countUnread(): number;
  /** Deletes all that were read but the newest; returns how many. */
  keepNewest(count: number): number;
}

/** Rules that a person changed. */
export interface WatchRuleStore {
  list(): readonly WatchRuleStatus[];
  put(status: WatchRuleStatus): void;
  /** False when there was none. */
  remove(rule: WatchRuleId): boolean;
}
