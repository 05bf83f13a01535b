import { TollkeeperError } from '#shared/model/error.ts';
import type { PresenceCheck } from '#shared/model/presence.ts';
import type { Settings } from '#shared/model/settings.ts';
import type { EventRecorder } from '../event-recorder.ts';
import type { PermitAdminKey } from './connector-desk.ts';

/** What the permission depends on. */
export interface PermitOptions {
  readonly presence: () => Promise<PresenceCheck>;
  readonly settings: () => Pick<Settings, 'askForAdminKeys'>;
  readonly recorder: Pick<EventRecorder, 'record'>;
}

/**
 * Has the system ask for the owner before an admin key is read, where the person wants that: also for a change that the schedule
 * began, which stops until somebody is there. Rejects with `presence_required`, or `unsupported_platform` where nobody can be asked.
 */
export function createAdminKeyPermit({ presence, settings, recorder }: PermitOptions): PermitAdminKey {
  return async ({ adminKeyId }) => {
    if (!settings().askForAdminKeys) return;
    const check = await presence();
    if (check.kind === null)
      throw new TollkeeperError(
        'unsupported_platform',
        'This system can’t be asked whether it is you, so the admin key was not read.',
      );
    const answer = await check.confirm('change provider keys with an admin key');
    const detail = { answer, by: check.kind };
    recorder.record({ event: 'presence-checked', actor: 'system', subject: adminKeyId, detail });
    if (answer !== 'confirmed') throw new TollkeeperError('presence_required');
  };
}
