import type { ReactNode } from 'react';

/** One act of the command palette. Every feature gives its own with a hook; the dashboard puts them together. */
export interface Command {
  /** Unique, such as `credentials.add`. */
  readonly id: string;
  readonly group:
    | 'Go to'
    | 'Keys'
    | 'Rotation'
    | 'Access'
    | 'Alerts'
    | 'Limits'
    | 'Models'
    | 'Activity'
    | 'Connect'
    | 'Gateway'
    | 'Settings';
  /** A verb first: `Add a key`. */
  readonly label: string;
  /** One line that tells it apart from its neighbours. */
  readonly description?: string;
  /** Other words a person may type. */
  readonly keywords?: readonly string[];
  readonly icon?: ReactNode;
  run(): void;
}
