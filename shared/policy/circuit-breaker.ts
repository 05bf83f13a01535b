import type { HealthReason } from '../model/credential.ts';

/** A failure that counts against a credential. */
export type CircuitReason = Exclude<HealthReason, 'rate_limited'>;

/** The circuit of one credential. Times are milliseconds on the monotonic clock. */
export type Circuit =
  | {
      readonly state: 'closed';
      /** True once a call has succeeded: one refusal of the key is then no proof that it is bad. */
      readonly proven: boolean;
      /** Failures since the last success. */
      readonly inARow: number;
      /** When the present window began, which is with its first failure. */
      readonly since: number;
      readonly calls: number;
      readonly failures: number;
    }
  | { readonly state: 'open'; readonly reason: CircuitReason; readonly until: number; readonly openings: number }
  | {
      readonly state: 'half-open';
      readonly reason: CircuitReason;
      readonly trialEnds: number;
      readonly openings: number;
    };

/** When a circuit opens, and for how long; all spans in milliseconds. */
export const circuitRules = {
  /** So many failures without a success between them open it. */
  failuresInARow: 5,
  /** So many refusals of the key do, where it has worked before; where it has not, the first does. */
  rejectionsInARow: 3,
  /** Of at least `shareOf` calls within `windowMs`, this share of failures opens it. */
  share: 0.5,
  shareOf: 10,
  windowMs: 30_000,
  /** A trial call that has told nothing for so long no longer holds the next one back. */
  trialMs: 60_000,
  /** First and longest time it stays open; it doubles from opening to opening. */
  openMs: {
    unreachable: [1_000, 10_000],
    server_error: [1_000, 30_000],
    timeout: [5_000, 60_000],
    key_rejected: [10_000, 300_000],
  } satisfies Readonly<Record<CircuitReason, readonly [first: number, longest: number]>>,
} as const;

/** The circuit of a credential of which nothing is known. */
export const freshCircuit: Circuit = { state: 'closed', proven: false, inARow: 0, since: 0, calls: 0, failures: 0 };
const provenCircuit: Circuit = { ...freshCircuit, proven: true };

/** A call succeeded at `now`. The same object where nothing changes, so that a good credential costs nothing. */
export function afterSuccess(circuit: Circuit, now: number): Circuit {
  switch (circuit.state) {
    case 'closed':
      return circuit.failures === 0 || now - circuit.since > circuitRules.windowMs
        ? provenCircuit
        : { ...circuit, proven: true, inARow: 0, calls: circuit.calls + 1 };
    case 'open':
      return circuit;
    case 'half-open':
      return provenCircuit;
  }
}

/** A call failed at `now`. What was under way when the circuit opened changes nothing any more. */
export function afterFailure(circuit: Circuit, reason: CircuitReason, now: number): Circuit {
  switch (circuit.state) {
    case 'closed': {
      const isNewWindow = circuit.failures === 0 || now - circuit.since > circuitRules.windowMs;
      const counted = {
        ...circuit,
        inARow: circuit.inARow + 1,
        since: isNewWindow ? now : circuit.since,
        calls: isNewWindow ? 1 : circuit.calls + 1,
        failures: isNewWindow ? 1 : circuit.failures + 1,
      };
      return hasFailedEnough(counted, reason) ? opened(reason, now, 1) : counted;
    }
    case 'open':
      return circuit;
    case 'half-open':
      return opened(reason, now, circuit.openings + 1);
  }
}

/** A call ended without telling anything, as when its caller left: a trial is free for the next call. */
export function afterNothing(circuit: Circuit, now: number): Circuit {
  return circuit.state === 'half-open'
    ? { state: 'open', reason: circuit.reason, until: now, openings: circuit.openings }
    : circuit;
}

/** True when a call may be made at `now`. */
export function admits(circuit: Circuit, now: number): boolean {
  return waitOf(circuit, now) === 0;
}

/** The circuit with a call under way that began at `now`; an open one whose time has come is then half-open. */
export function withCall(circuit: Circuit, now: number): Circuit {
  if (circuit.state === 'closed' || !admits(circuit, now)) {
    return circuit;
  }
  const { reason, openings } = circuit;
  return { state: 'half-open', reason, openings, trialEnds: now + circuitRules.trialMs };
}

/** Milliseconds until a call may be made; 0 for now. While a trial runs nobody knows: a second. */
export function waitOf(circuit: Circuit, now: number): number {
  switch (circuit.state) {
    case 'closed':
      return 0;
    case 'open':
      return Math.max(0, circuit.until - now);
    case 'half-open':
      return circuit.trialEnds <= now ? 0 : 1_000;
  }
}

function hasFailedEnough(circuit: Extract<Circuit, { state: 'closed' }>, reason: CircuitReason): boolean {
  const { failuresInARow, rejectionsInARow, share, shareOf } = circuitRules;
  if (reason === 'key_rejected' && (!circuit.proven || circuit.inARow >= rejectionsInARow)) {
    return true;
  }
  return circuit.inARow >= failuresInARow || (circuit.calls >= shareOf && circuit.failures >= share * circuit.calls);
}

function opened(reason: CircuitReason, now: number, openings: number): Circuit {
  const [first, longest] = circuitRules.openMs[reason];
  return { state: 'open', reason, until: now + Math.min(longest, first * 2 ** (openings - 1)), openings };
}
