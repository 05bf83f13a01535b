import { TollkeeperError } from '#shared/model/error.ts';
import type { Deadlines } from '../deadlines.ts';
import type { CanaryBook } from './canary-book.ts';
import type { TrafficSwitch } from './traffic-switch.ts';

/** How much a canary wants to see. */
export const canaryTrial = {
  /** Calls that must go well. */
  calls: 5,
  /** Milliseconds after which what came must do, even if nothing came. */
  patienceMs: 120_000,
} as const;

/** What the switch works on. */
export interface LiveSwitchOptions {
  readonly book: CanaryBook;
  /** Reads the secrets that the rows name. Rejects as the vault does. */
  readonly refreshSecrets: () => Promise<void>;
  /** Sends the gateway its picture anew; true when it has said that it has it, or does not run. */
  readonly apply: () => Promise<boolean>;
  /** Calls in flight that hold this version of a key; null when the gateway does not say. */
  readonly count: (credentialId: string, version: number) => Promise<number | null>;
  readonly deadlines: Pick<Deadlines, 'after'>;
}

/**
 * Changes keys under live traffic: a new key first serves a share of the calls, each of which goes out again with the old one, and
 * no caller the wiser, when it is refused; then all of them.
 */
export function createLiveSwitch(options: LiveSwitchOptions): TrafficSwitch {
  const { book, refreshSecrets, count, deadlines } = options;

  async function apply(): Promise<void> {
    if (await options.apply()) return;
    throw new TollkeeperError('gateway_starting', 'The gateway has not said that it knows the key.');
  }

  return {
    async beginCanary(canary) {
      const trial = book.begin(canary, canaryTrial.calls);
      const over = new Promise<void>((resolve) => {
        canary.signal.addEventListener('abort', () => resolve(), { once: true });
        if (canary.signal.aborted) resolve();
      });
      try {
        await apply();
        const deadline = createDeadline(deadlines);
        await Promise.race([trial.decided, over, deadline.passed]);
        deadline.cancel();
      } finally {
        trial.end();
      }
      await apply();
      return trial.outcome();
    },
    async promote() {
      await refreshSecrets();
      await apply();
    },
    inFlight: async (credentialId, version) => (await count(credentialId, version)) ?? 1,
  };
}

function createDeadline(deadlines: Pick<Deadlines, 'after'>): {
  readonly passed: Promise<void>;
  cancel(): void;
} {
  let pass: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    pass = resolve;
  });
  const deadline = deadlines.after(canaryTrial.patienceMs, pass);
  return { passed, cancel: () => deadline.cancel() };
}
