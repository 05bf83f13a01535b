import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { RotationRecord } from '#main/store/registry/rotation-records.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { Verification } from '#shared/model/credential.ts';
import type { Provider } from '#shared/model/provider.ts';
import type { RotationProblem, RotationStepName, RotationSupport } from '#shared/model/rotation.ts';
import type { SecretShelf } from '../../credential/secret-shelf.ts';
import type { CreatedKey, RotationConnector } from '../connector.ts';
import type { TrafficSwitch } from '../traffic-switch.ts';

/** How an attempt at a step ended, when it did not reject. */
export type StepResult =
  | {
      readonly kind: 'done';
      /** Written in the same transaction as the end of the step. */
      readonly changes?: Partial<RotationRecord>;
      /** More that belongs into that transaction. */
      readonly commit?: () => void;
      /** One sentence for the journal. */
      readonly message?: string;
    }
  /** Not yet, which is no failure. */
  | { readonly kind: 'again'; readonly afterMs: number; readonly waitingFor: string }
  /** A person is to do something, as was meant to be. */
  | { readonly kind: 'ask'; readonly waitingFor: string }
  /** The new key is no good: the way back begins. */
  | { readonly kind: 'back'; readonly problem: RotationProblem }
  /** A person has to say how to go on. */
  | { readonly kind: 'stop'; readonly problem: RotationProblem }
  /** Nothing more can be done, by anybody. */
  | { readonly kind: 'fail'; readonly problem: RotationProblem }
  /** The way back is closed, and the way forward goes on at this step. */
  | { readonly kind: 'forward'; readonly step: RotationStepName; readonly message: string };

/** A key that was made: by the provider's API, or by a person, when there may be no id. */
export interface UnstoredKey extends Omit<CreatedKey, 'id'> {
  readonly id: string | null;
  /** One sentence for the journal. */
  readonly message?: string;
}

/** What steps keep in memory between attempts; a restart loses it, and costs time only. */
export interface StepMemory {
  /** New keys that were made and are not in the vault yet, by rotation. */
  readonly unstored: Map<string, UnstoredKey>;
  /** When a person said that the old key was deleted, in milliseconds since the epoch, by rotation. */
  readonly saidDeleted: Map<string, number>;
  /** When nothing in flight held the old key any more, and what its last use was then, by rotation. */
  readonly drained: Map<string, { readonly at: number; readonly lastUsed?: string | null }>;
}

/** What a step works with. */
export interface StepContext {
  readonly rotation: RotationRecord;
  readonly credential: CredentialRecord;
  readonly connector: RotationConnector;
  readonly provider: Provider;
  readonly support: RotationSupport;
  /** Tries a key; never rejects. */
  readonly tryKey: (secret: string) => Promise<Verification>;
  readonly registry: Pick<Registry, 'credentials' | 'rotations' | 'vaultItems' | 'transaction'>;
  readonly shelf: SecretShelf;
  readonly traffic: TrafficSwitch;
  readonly memory: StepMemory;
  readonly clock: Clock;
  /** Percent of the calls that a canary takes. */
  readonly canaryShare: number;
  /** Milliseconds for which a disabled key is kept so that it can be brought back. */
  readonly keepDisabledMs: number;
  /** Milliseconds for which calls in flight are waited for before a person is asked. */
  readonly drainMs: number;
  /** Fires when the step is to end early. */
  readonly signal: AbortSignal;
}

/** Carries out one step; may be called again after a crash at any point of it. */
export type PerformStep = (context: StepContext) => Promise<StepResult>;

/** Milliseconds since the step was reached. */
export function sinceStep({ rotation, clock }: Pick<StepContext, 'rotation' | 'clock'>): number {
  return clock.now() - Date.parse(rotation.stepSince);
}
