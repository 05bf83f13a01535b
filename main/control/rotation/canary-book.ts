import type { CanaryLease, GatewayMessage } from '#shared/contract/port.ts';
import type { Canary, CanaryOutcome } from './traffic-switch.ts';

/** How a call that tried a new key went, as the gateway told it. */
export type CanaryCall = Omit<Extract<GatewayMessage, { type: 'canary-called' }>, 'type'>;

/** A trial that goes on. */
export interface CanaryTrial {
  /** Resolves when enough calls went well or one was refused. */
  readonly decided: Promise<void>;
  /** What is known of it by now. */
  outcome(): CanaryOutcome;
  /** No call is to try the key any more. */
  end(): void;
}

/** The new keys that live calls try at this moment: what of them belongs into a snapshot, and how the calls go. */
export interface CanaryBook {
  /** Begins a trial, which ends any other of that credential. So many calls must go well. */
  begin(canary: Canary, calls: number): CanaryTrial;
  /** What the gateway gets beside this version of a credential's key; null for nothing. */
  leaseOf(credentialId: string, version: number): CanaryLease | null;
  /** Takes what the gateway told; of a trial that is over it says nothing. */
  called(call: CanaryCall): void;
}

interface Trial {
  readonly canary: Canary;
  readonly wanted: number;
  readonly decide: () => void;
  accepted: number;
  refused: number | null;
}

/** Makes an empty book. */
export function createCanaryBook(): CanaryBook {
  const trials = new Map<string, Trial>();
  return {
    begin(canary, calls) {
      let decide: () => void = () => undefined;
      const decided = new Promise<void>((resolve) => {
        decide = resolve;
      });
      const trial: Trial = { canary, wanted: calls, decide, accepted: 0, refused: null };
      trials.set(canary.credentialId, trial);
      return {
        decided,
        outcome: () => outcomeOf(trial),
        end() {
          if (trials.get(canary.credentialId) === trial) trials.delete(canary.credentialId);
        },
      };
    },
    leaseOf(credentialId, version) {
      const canary = trials.get(credentialId)?.canary;
      if (canary === undefined || canary.fromVersion !== version) return null;
      return { version: canary.toVersion, secret: canary.secret, share: canary.share };
    },
    called({ credentialId, version, refused }) {
      const trial = trials.get(credentialId);
      if (trial === undefined || trial.canary.toVersion !== version) return;
      if (refused === null) trial.accepted += 1;
      else trial.refused ??= refused;
      if (trial.refused !== null || trial.accepted >= trial.wanted) trial.decide();
    },
  };
}

function outcomeOf({ accepted, refused }: Trial): CanaryOutcome {
  if (refused !== null)
    return {
      kind: 'rejected',
      message: `The provider refused a call with the new key (HTTP ${refused}) that it took with the old one.`,
    };
  return accepted === 0 ? { kind: 'quiet' } : { kind: 'accepted', calls: accepted };
}
