import type { ProofKey } from './proof-key.ts';
import type { StandIn } from './stand-in.ts';

/** What became of an attack. `open` means that it got through. */
export type Outcome = 'held' | 'open' | 'skipped';

/** An outcome and what was seen, in words; never a secret. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly seen: string;
}

/** What an attacker would have, and what tells whether he got further. */
export interface AttackTarget {
  /** Port of the gateway's plain door. */
  readonly port: number;
  /** Port of its TLS door; null while that is closed. */
  readonly tlsPort: number | null;
  /** Its unix socket or named pipe; null where there is none. */
  readonly socketPath: string | null;
  /** The path's first part under which the stand-in upstream is reached. */
  readonly provider: string;
  /** The stand-in's key, which only the gateway and the stand-in may ever see. */
  readonly key: string;
  readonly tokens: AttackTokens;
  readonly standIn: StandIn;
  /** The key that one of the tokens is bound to. */
  readonly proofKey: ProofKey;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
  /** The machine around it; null where only the gateway is looked at. */
  readonly machine: AttackedMachine | null;
}

/** Tokens for the stand-in, none of them good for anything else. */
export interface AttackTokens {
  readonly plain: string;
  /** Good for one call. */
  readonly once: string;
  /** Bound to another process than this one; null where that can't be done. */
  readonly bound: string | null;
  /** Bound to {@link AttackTarget.proofKey}. */
  readonly proven: string;
  /** Of a grant that has ended. */
  readonly ended: string;
}

/** A running installation. */
export interface AttackedMachine {
  readonly platform: string;
  /** Paths that only their owner may open. */
  readonly paths: readonly string[];
  /** Addresses of this machine besides the loopback ones. */
  readonly addresses: readonly string[];
  /** Looks for every secret there is in all that is written down; resolves with where one was found. */
  search(): Promise<{ readonly searched: number; readonly found: readonly string[] }>;
}

/** One attack. */
export interface Attack {
  readonly id: string;
  /** What is tried, in a few words. */
  readonly title: string;
  /** Where it is described, or was found in the wild. */
  readonly reference: string;
  /** What must happen instead. */
  readonly expectation: string;
  run(target: AttackTarget): Promise<Verdict>;
}

/** It did not get through. */
export function held(seen: string): Verdict {
  return { outcome: 'held', seen };
}

/** It got through. */
export function open(seen: string): Verdict {
  return { outcome: 'open', seen };
}

/** It could not be tried here. */
export function skipped(seen: string): Verdict {
  return { outcome: 'skipped', seen };
}

/** Held when nothing is wrong; else what is. */
export function verdictOf(faults: readonly string[], seen: string): Verdict {
  return faults.length === 0 ? held(seen) : open(faults.join('; '));
}
