import type { LimitLease, LimitSubject } from '../model/limit.ts';

/** One call that limits may apply to. */
export interface LimitCall {
  readonly tool: string | null;
  readonly credentialId: string | null;
  /** Wall clock when it began, milliseconds since the epoch: it belongs to the windows of that moment. */
  readonly startedAt: number;
}

/** What a call may use at most, to be set aside. */
export interface LimitDemand {
  /** The most it can cost; null when that can't be known, which no budget lets through. */
  readonly ceilingMicroUsd: number | null;
  /** Tokens it will probably use. */
  readonly tokens: number;
  readonly stream: boolean;
  /** A further attempt at a call that was counted already: it is no further request of its tool. */
  readonly again: boolean;
}

/** What a call used in the end. */
export interface LimitUse {
  /** Integer micro-dollars. */
  readonly costMicroUsd: number;
  readonly tokens: number;
}

/** Now, on both clocks, in milliseconds. */
export interface Moment {
  readonly at: number;
  /** Never goes back. */
  readonly monotonic: number;
}

/** Why a call may not be made, and what to do. */
export interface LimitRefusal {
  readonly limitId: string;
  /** Another key may do where it is a key's limit. */
  readonly subject: LimitSubject['kind'];
  readonly code: 'budget_exceeded' | 'price_unknown' | 'rate_limited';
  /** Milliseconds after which the same call would fit if nothing else is made meanwhile; null when no time can be told. */
  readonly retryAfterMs: number | null;
  readonly message: string;
}

/** How much of a limit is used now. */
export interface LimitReading {
  readonly id: string;
  readonly allowed: number;
  readonly used: number;
  /** Set aside for calls that run. */
  readonly reserved: number;
  readonly window: LimitLease['window'];
}
