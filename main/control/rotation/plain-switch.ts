import type { Clock } from '#shared/model/clock.ts';
import type { RunningRequest } from '#shared/model/usage.ts';
import type { TrafficSwitch } from './traffic-switch.ts';

/** What the switch works on. */
export interface PlainSwitchOptions {
  /** Resolves when the gateway has the secrets that the rows name. */
  readonly apply: () => Promise<void>;
  /** Requests in flight. */
  readonly running: () => readonly RunningRequest[];
  readonly clock: Clock;
}

/** A call may be under way for this long, in milliseconds, before the gateway tells of it. */
const tellingMs = 1_000;

/**
 * Changes the key of all calls at once, by the snapshot. It tries no share of them first. What was under way when the key
 * changed counts as holding the other key.
 */
export function createPlainSwitch({ apply, running, clock }: PlainSwitchOptions): TrafficSwitch {
  const switchedAt = new Map<string, number>();
  return {
    beginCanary: () => Promise.resolve({ kind: 'quiet' }),
    async promote(credentialId) {
      await apply();
      switchedAt.set(credentialId, clock.now());
    },
    async inFlight(credentialId) {
      const since = switchedAt.get(credentialId) ?? clock.now();
      switchedAt.set(credentialId, since);
      const before = running().filter(
        (request) => request.credentialId === credentialId && Date.parse(request.startedAt) <= since,
      );
      const untold = clock.now() - since < tellingMs ? 1 : 0;
      return Math.max(before.length, untold);
    },
  };
}
