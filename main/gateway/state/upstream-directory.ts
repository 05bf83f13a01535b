import type { UpstreamLease } from '#shared/contract/port.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { CredentialHealth, HealthReason } from '#shared/model/credential.ts';
import { CanaryState, type ReportCanary } from './canary-state.ts';
import { type AttemptOutcome, CredentialState } from './credential-health.ts';
import { prepareUpstream, type Upstream, withCanary } from './upstream.ts';
import { type PoolMember, type PoolWish, UpstreamPool } from './upstream-pool.ts';

/** Takes what changed in how a credential does. */
export type ReportHealth = (credentialId: string, health: CredentialHealth) => void;

/** Who is told what calls find out about keys. */
export interface UpstreamReports {
  readonly health: ReportHealth;
  readonly canary: ReportCanary;
}

/** Why a credential can't be called now, and for how many milliseconds. */
export interface SetAside {
  readonly code: 'upstream_cooling_down' | 'circuit_open';
  readonly reason: HealthReason;
  readonly retryAfterMs: number;
}

/** Finds the model of a call; asked only where it makes a difference, because it may have to be looked for in the body. */
export type ModelOfCall = () => string | null;

const none: readonly Upstream[] = [];

/** Every upstream that a lease leads to, in pools by provider, and how each credential does. */
export class UpstreamDirectory {
  readonly #clock: Clock;
  readonly #reports: UpstreamReports;
  #pools: ReadonlyMap<string, UpstreamPool> = new Map();
  #states: ReadonlyMap<string, CredentialState> = new Map();
  #canaries: ReadonlyMap<string, CanaryState> = new Map();
  readonly #borrowed = new Map<string, number>();

  constructor(clock: Clock, reports: UpstreamReports) {
    this.#clock = clock;
    this.#reports = reports;
  }

  /** Takes the leases of a snapshot. What is held against a credential stays, unless its key or address is another. */
  apply(leases: readonly UpstreamLease[]): void {
    const states = new Map<string, CredentialState>();
    const canaries = new Map<string, CanaryState>();
    const members = new Map<string, PoolMember[]>();
    for (const lease of [...leases].sort(defaultFirst)) {
      const prepared = prepareUpstream(lease);
      if (prepared === null) {
        continue;
      }
      const upstream = this.#withCanary(prepared, lease, canaries);
      const state = this.#states.get(lease.credentialId) ?? new CredentialState(this.#clock);
      states.set(lease.credentialId, state);
      this.#tell(lease.credentialId, state.renew(lease));
      const known = members.get(lease.provider);
      if (known === undefined) {
        members.set(lease.provider, [{ upstream, state, weight: lease.weight ?? 0 }]);
      } else if (lease.weight !== null) {
        known.push({ upstream, state, weight: lease.weight });
      }
    }
    this.#pools = new Map([...members].map(([id, pool]) => [id, new UpstreamPool(pool, this.#pools.get(id))]));
    for (const [credentialId, state] of this.#states) {
      if (!states.has(credentialId)) {
        this.#tell(credentialId, state.clear());
      }
    }
    this.#states = states;
    this.#canaries = canaries;
  }

  /** Forgets every key, and remembers how each did for when they come back. */
  putAway(): void {
    this.#pools = new Map();
  }

  /** Ids of the providers that there is a key for, as in the gateway path. */
  get providers(): readonly string[] {
    return [...this.#pools.keys()];
  }

  /** Origins that some credential leads to. */
  get origins(): ReadonlySet<string> {
    return new Set([...this.#pools.values()].flatMap(({ upstreams }) => upstreams.map(({ origin }) => origin)));
  }

  /** The provider's first choice; undefined when there is no key for it. */
  get(providerId: string): Upstream | undefined {
    return this.#pools.get(providerId)?.home;
  }

  /** All credentials that serve this provider, the default first, whatever state they are in. */
  all(providerId: string): readonly Upstream[] {
    return this.#pools.get(providerId)?.upstreams ?? none;
  }

  /** The same in the order in which they are to be tried for one call. */
  order(providerId: string, wish: PoolWish): readonly Upstream[] {
    return this.#pools.get(providerId)?.order(wish) ?? none;
  }

  /** Begins a call with this credential, or says why it can't be made now. */
  begin(upstream: Upstream, modelOf: ModelOfCall): SetAside | null {
    const state = this.#states.get(upstream.credentialId);
    const readiness = state?.readiness(state.tellsModelsApart(null) ? modelOf() : null);
    if (readiness?.kind === 'wait') {
      const { reason, waitMs } = readiness;
      const code = reason === 'rate_limited' ? 'upstream_cooling_down' : 'circuit_open';
      return { code, reason, retryAfterMs: Math.ceil(waitMs) };
    }
    state?.begin();
    return null;
  }

  /** Takes how a call with this credential ended; once for each that {@link begin} let through. */
  end(credentialId: string, outcome: AttemptOutcome, modelOf: ModelOfCall): void {
    const state = this.#states.get(credentialId);
    if (state !== undefined) {
      this.#tell(credentialId, state.end(outcome, state.tellsModelsApart(outcome) ? modelOf() : null));
    }
  }

  /** True when nothing at all is held against this credential for such a call. */
  isSound(upstream: Upstream, model: string | null): boolean {
    return this.#states.get(upstream.credentialId)?.readiness(model).kind === 'ready';
  }

  /** Uses a key outside of any caller's call until the work is done. */
  async borrow<T>(upstream: Upstream, work: () => Promise<T>): Promise<T> {
    const key = keyName(upstream.credentialId, upstream.version);
    this.#borrowed.set(key, this.borrowed(upstream) + 1);
    try {
      return await work();
    } finally {
      const left = this.borrowed(upstream) - 1;
      if (left === 0) {
        this.#borrowed.delete(key);
      } else {
        this.#borrowed.set(key, left);
      }
    }
  }

  /** How often this version of a key is {@link borrow borrowed} now. */
  borrowed({ credentialId, version }: Pick<Upstream, 'credentialId' | 'version'>): number {
    return this.#borrowed.get(keyName(credentialId, version)) ?? 0;
  }

  #withCanary(upstream: Upstream, lease: UpstreamLease, canaries: Map<string, CanaryState>): Upstream {
    const { canary = null, credentialId } = lease;
    if (canary === null) {
      return upstream;
    }
    const known = this.#canaries.get(credentialId);
    const state =
      known?.version === canary.version ? known : new CanaryState(credentialId, canary, this.#reports.canary);
    state.renew(canary);
    canaries.set(credentialId, state);
    return withCanary(upstream, canary.secret, state);
  }

  #tell(credentialId: string, news: CredentialHealth | null): void {
    if (news !== null) {
      this.#reports.health(credentialId, news);
    }
  }
}

function keyName(credentialId: string, version: number): string {
  return `${credentialId} ${version}`;
}

/** The default, then the other members of the pool, heavier ones first, then those outside it. */
function defaultFirst(one: UpstreamLease, other: UpstreamLease): number {
  return Number(other.isDefault) - Number(one.isDefault) || (other.weight ?? -1) - (one.weight ?? -1);
}
