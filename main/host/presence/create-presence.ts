import type { SystemPreferences } from 'electron';
import { noPresenceCheck, type PresenceAnswer, type PresenceCheck } from '#shared/model/presence.ts';
import { systemBusSocket } from '../login-session.ts';
import { createPolkitPresence } from './polkit-presence.ts';

/** What {@link createPresence} needs. */
export interface PresenceOptions {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Null outside Electron. */
  readonly touchId: Pick<SystemPreferences, 'canPromptTouchID' | 'promptTouchID'> | null;
}

/** Touch ID on macOS, polkit on Linux; Windows Hello has no door that Electron or a maintained package opens. Never rejects. */
export async function createPresence({ platform, environment, touchId }: PresenceOptions): Promise<PresenceCheck> {
  if (platform === 'linux') return createPolkitPresence(systemBusSocket(environment));
  if (platform !== 'darwin' || touchId === null || !touchId.canPromptTouchID()) return noPresenceCheck;
  return {
    kind: 'touch-id',
    confirm: (purpose) =>
      touchId.promptTouchID(purpose).then(
        (): PresenceAnswer => 'confirmed',
        (): PresenceAnswer => 'refused',
      ),
  };
}
