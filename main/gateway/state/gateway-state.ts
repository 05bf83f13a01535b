import type { Snapshot } from '#shared/contract/port.ts';
import type { Clock } from '#shared/model/clock.ts';
import { findProvider } from '#shared/provider/index.ts';
import { GrantState } from './grant-state.ts';
import { TokenVerifier } from './token-verifier.ts';
import { prepareUpstreams, type Upstream } from './upstream.ts';

/** A model at a provider, as a caller of the unified API may mean it. */
export interface ModelTarget {
  /** Provider id as in the gateway path. */
  readonly provider: string;
  /** As the provider calls it. */
  readonly model: string;
  /** Milliseconds that the alias sets. */
  readonly timeouts?: { readonly firstByteMs?: number; readonly idleMs?: number };
}

const noUpstreams: readonly Upstream[] = [];

/** What the gateway knows: the last snapshot, made ready for use, and its own counts. */
export class GatewayState {
  readonly #clock: Clock;
  readonly #grants = new Map<string, GrantState>();
  readonly #verifier: TokenVerifier;
  #upstreams: ReadonlyMap<string, Upstream> = new Map();
  #snapshot: Snapshot;

  constructor(snapshot: Snapshot, clock: Clock) {
    this.#clock = clock;
    this.#snapshot = snapshot;
    this.#verifier = new TokenVerifier(clock);
    this.apply(snapshot);
  }

  get paused(): boolean {
    return this.#snapshot.paused;
  }

  get issuer(): string {
    return this.#snapshot.issuer;
  }

  get version(): number {
    return this.#snapshot.version;
  }

  get verifier(): TokenVerifier {
    return this.#verifier;
  }

  /** Origins that some lease still leads to. */
  get origins(): ReadonlySet<string> {
    return new Set([...this.#upstreams.values()].map((upstream) => upstream.origin));
  }

  upstream(id: string): Upstream | undefined {
    return this.#upstreams.get(id);
  }

  /** The upstreams that may serve a call to this provider, in the order in which they are to be tried. */
  upstreamsFor(id: string): readonly Upstream[] {
    const upstream = this.#upstreams.get(id);
    return upstream === undefined ? noUpstreams : [upstream];
  }

  /** What a caller of the unified API means by this name, in the order in which it is to be tried; empty when nothing. */
  targetsOf(requestedModel: string): readonly ModelTarget[] {
    const slash = requestedModel.indexOf('/');
    const provider = requestedModel.slice(0, Math.max(0, slash));
    const isKnown = this.#upstreams.has(provider) || findProvider(provider) !== undefined;
    return isKnown ? [{ provider, model: requestedModel.slice(slash + 1) }] : [];
  }

  grant(id: string): GrantState | undefined {
    return this.#grants.get(id);
  }

  /**
   * Replaces everything by the snapshot. A grant that is no longer in it has ended, for whatever reason: its open streams are
   * cut before this returns, and so are those of tokens revoked one by one. An older snapshot than the present one is ignored.
   */
  apply(snapshot: Snapshot): void {
    if (snapshot.version < this.#snapshot.version) {
      return;
    }
    this.#snapshot = snapshot;
    this.#upstreams = prepareUpstreams(snapshot.upstreams);
    const live = new Set(snapshot.grants.map((lease) => lease.grantId));
    const ended = [...this.#grants.values()].filter((grant) => !live.has(grant.grantId));
    for (const lease of snapshot.grants) {
      const known = this.#grants.get(lease.grantId);
      if (known === undefined) {
        this.#grants.set(lease.grantId, new GrantState(lease, this.#clock));
      } else {
        known.renew(lease, this.#clock);
      }
    }
    for (const grant of ended) {
      this.#grants.delete(grant.grantId);
    }
    this.#verifier.apply(snapshot);
    for (const grant of ended) {
      cutAll(grant, () => true);
    }
    const revoked = new Set(snapshot.revokedTokenIds);
    if (revoked.size > 0) {
      for (const grant of this.#grants.values()) {
        cutAll(grant, (tokenId) => tokenId !== null && revoked.has(tokenId));
      }
    }
  }
}

function cutAll(grant: GrantState, concerned: (tokenId: string | null) => boolean): void {
  for (const exchange of [...grant.running]) {
    if (concerned(exchange.tokenId)) {
      exchange.cut();
    }
  }
}
