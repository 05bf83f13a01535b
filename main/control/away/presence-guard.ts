import type { OperationArguments, OperationName } from '#shared/contract/operations.ts';
import { sensitivePurpose } from '#shared/contract/sensitive-acts.ts';
import type { Actor } from '#shared/model/access.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { PresenceCheck } from '#shared/model/presence.ts';
import type { Settings } from '#shared/model/settings.ts';
import type { EventRecorder } from '../event-recorder.ts';

/** Has the system ask for the owner before what is most sensitive. */
export interface PresenceGuard {
  /** Null when nobody has to be asked; else rejects with `presence_required` unless the owner is there, or `unsupported_platform`. */
  check<N extends OperationName>(name: N, input: OperationArguments<N>, actor: Actor): Promise<void> | null;
}

/** What the guard is made from. */
export interface PresenceGuardOptions {
  readonly presence: () => Promise<PresenceCheck>;
  /** Null while they can't be read. */
  readonly settings: () => Pick<Settings, 'askForPresence'> | null;
  readonly recorder: Pick<EventRecorder, 'record'>;
}

/** Makes the guard. */
export function createPresenceGuard({ presence, settings, recorder }: PresenceGuardOptions): PresenceGuard {
  async function confirm(purpose: string, subject: OperationName, actor: Actor): Promise<void> {
    const check = await presence();
    if (check.kind === null) {
      throw new TollkeeperError(
        'unsupported_platform',
        'This system can\u2019t be asked whether it is you. Nothing was changed.',
      );
    }
    const answer = await check.confirm(purpose);
    recorder.record({ event: 'presence-checked', actor, subject, detail: { answer, by: check.kind } });
    if (answer === 'confirmed') return;
    throw new TollkeeperError(
      'presence_required',
      answer === 'unavailable'
        ? 'The system could not ask whether it is you; it needs a desktop session with an authentication agent. Nothing was changed.'
        : undefined,
    );
  }

  return {
    check(name, input, actor) {
      // Turning it on is tried out first: it would be no use where nobody can be asked.
      const isTurningOn =
        ('askForPresence' in input && input.askForPresence === true) ||
        ('askForAdminKeys' in input && input.askForAdminKeys === true);
      const isWanted = isTurningOn || settings()?.askForPresence === true;
      const purpose = isWanted ? sensitivePurpose(name, input) : null;
      return purpose === null ? null : confirm(purpose, name, actor);
    },
  };
}
