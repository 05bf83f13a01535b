/** A share of live calls that is to go out with a new key, while the old one stands ready. */
export interface Canary {
  readonly credentialId: string;
  readonly fromVersion: number;
  readonly toVersion: number;
  /** Percent of the credential's calls, 1 to 100. */
  readonly share: number;
  /** The new key. */
  readonly secret: string;
  /** Fires when a person wants the way back: the canary then ends as if its time were over. */
  readonly signal: AbortSignal;
}

/** `accepted`: calls with the new key went well. `quiet`: none came in the time there was. `rejected`: the provider refused one of them. */
export type CanaryOutcome =
  | { readonly kind: 'accepted'; readonly calls: number }
  | { readonly kind: 'quiet' }
  | { readonly kind: 'rejected'; readonly message: string };

/** The data plane as a rotation sees it. Every method may be called again after a crash. */
export interface TrafficSwitch {
  /** Resolves when enough calls went well, when one was refused, or when the time for it is over; no call uses the new key then. */
  beginCanary(canary: Canary): Promise<CanaryOutcome>;
  /** Resolves when the gateway uses the version that the credential's row names, and nothing begins with another one. */
  promote(credentialId: string): Promise<void>;
  /** How many calls in flight still hold this version. */
  inFlight(credentialId: string, version: number): Promise<number>;
}
