import type { CallHoldLease } from '#shared/contract/port.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import type { Log } from '../control-options.ts';
import type { CredentialSecret, CredentialService } from '../credential/credential-service.ts';
import type { EventRecorder } from '../event-recorder.ts';

/** The provider keys as far as the gateway may have them now. Put away, they are in no process's memory but the vault's. */
export interface KeyLease {
  /** Empty while they are put away. */
  readonly secrets: readonly CredentialSecret[];
  /** What becomes of calls until the keys are back; null while they are there. */
  readonly hold: CallHoldLease | null;
  /** Reads from the vault again what could not be read before, unless they are to stay away. Rejects as the vault does. */
  refresh(): Promise<void>;
  /** Whether they may be used may have changed: puts them away at once, or begins to take them up. */
  wanted(): void;
  close(): void;
}

/** What the lease is made from. */
export interface KeyLeaseOptions {
  readonly credentials: Pick<CredentialService, 'secrets' | 'remember'>;
  /** True while everything is stopped. */
  readonly isPaused: () => boolean;
  /** What becomes of calls while the owner is away; null while somebody is there. */
  readonly away: () => CallHoldLease | null;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly log: Log;
  /** The gateway's picture is out of date. */
  readonly pushSnapshot: () => void;
}

/** How long a call waits at most for keys that are on their way, in milliseconds. */
const takingUpMs = 30_000;

/** Time between two tries to take keys up from a vault that does not give them, in milliseconds. */
const retryMs = 1_000;

/** Makes it with the keys put away; `refresh` takes them up. */
export function createKeyLease(options: KeyLeaseOptions): KeyLease {
  const { credentials, recorder, pushSnapshot } = options;
  let secrets: readonly CredentialSecret[] = [];
  let isAway = true;
  let hasBeenHere = false;
  let retry: NodeJS.Timeout | null = null;
  let turn: Promise<void> = Promise.resolve();

  function mayBeHere(): boolean {
    return !options.isPaused() && options.away() === null;
  }

  function putAway(): void {
    secrets = [];
    credentials.remember(false);
    if (!isAway) {
      const detail = { because: options.isPaused() ? 'paused' : 'away' };
      recorder.record({ event: 'keys-put-away', actor: 'system', subject: '', detail });
    }
    isAway = true;
    pushSnapshot();
  }

  /** One after the other, so that what was read earlier never takes the place of what was read later. */
  function refresh(): Promise<void> {
    turn = turn.then(readAll, readAll);
    return turn;
  }

  async function readAll(): Promise<void> {
    if (!mayBeHere()) {
      putAway();
      return;
    }
    credentials.remember(true);
    const read = await credentials.secrets();
    if (!mayBeHere()) {
      putAway();
      return;
    }
    if (isAway && hasBeenHere) recorder.record({ event: 'keys-taken-up', actor: 'system', subject: '' });
    secrets = read;
    isAway = false;
    hasBeenHere = true;
    pushSnapshot();
  }

  /** A keychain that is still locked, or does not answer, is asked again until it gives the keys or they are not wanted any more. */
  function takeUp(): void {
    retry = null;
    if (!isAway || !mayBeHere()) return;
    refresh().catch((error: unknown) => {
      options.log('keys-not-taken-up', { reason: toErrorDocument(error).code });
      retry ??= setTimeout(takeUp, retryMs).unref();
    });
  }

  return {
    get secrets() {
      return secrets;
    },
    get hold() {
      return isAway ? (options.away() ?? { mode: 'wait', waitMs: takingUpMs }) : null;
    },
    refresh,
    wanted() {
      if (!mayBeHere()) putAway();
      else takeUp();
    },
    close() {
      if (retry !== null) clearTimeout(retry);
      retry = null;
    },
  };
}
