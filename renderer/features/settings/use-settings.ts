import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import type { OperationInput } from '#shared/contract/operations.ts';
import type { TollkeeperError } from '#shared/model/error.ts';
import type { Settings } from '#shared/model/settings.ts';

/** The settings and the way to change some of them. */
export interface SettingsState {
  readonly settings: Settings | undefined;
  /** Why they could not be read; null otherwise. */
  readonly error: TollkeeperError | null;
  retry(): void;
  /** Saves at once; a failure is told in a notification. */
  save(changes: OperationInput<'settings.update'>): void;
}

/** Reads the settings and saves each change as it is made. */
export function useSettings(): SettingsState {
  const reading = useOperation('settings.read', {});
  const update = useAct('settings.update');
  return {
    settings: reading.data,
    error: reading.error,
    retry: reading.retry,
    save: (changes) => void update.run(changes),
  };
}
