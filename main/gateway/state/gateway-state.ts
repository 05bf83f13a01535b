import type { AliasLease, GrantLease, Snapshot } from '#shared/contract/port.ts';
import type { AliasTimeouts, FallbackReason } from '#shared/model/alias.ts';
import { fallbackReasons } from '#shared/model/alias.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { localCalendar } from '#shared/policy/calendar.ts';
import { LimitBook } from '#shared/policy/limit-book.ts';
import { findProvider } from '#shared/provider/index.ts';
import { CallHold } from './call-hold.ts';
import { GrantState } from './grant-state.ts';
import { TokenVerifier } from './token-verifier.ts';
import { UpstreamDirectory, type UpstreamReports } from './upstream-directory.ts';

/** A model at a provider, as a caller of the unified API may mean it. */
export interface ModelTarget {
  /** Provider id as in the gateway path. */
  readonly provider: string;
  /** As the provider calls it. */
  readonly model: string;
  /** Milliseconds that the alias sets. */
  readonly timeouts: AliasTimeouts;
  /** Failures after which the next target is tried. */
  readonly fallbackOn: readonly FallbackReason[];
}

const noTimeouts: AliasTimeouts = {};
const nobody: UpstreamReports = { health: () => undefined, canary: () => undefined };

/** What the gateway knows: the last snapshot, made ready for use, and its own counts. */
export class GatewayState {
  readonly #clock: Clock;
  readonly #grants = new Map<string, GrantState>();
  readonly #verifier: TokenVerifier;
  readonly #upstreams: UpstreamDirectory;
  #aliases: ReadonlyMap<string, readonly ModelTarget[]> = new Map();
  readonly #limits = new LimitBook(localCalendar);
  #snapshot: Snapshot;
  #hold: CallHold | null = null;

  constructor(snapshot: Snapshot, clock: Clock, reports: UpstreamReports = nobody) {
    this.#clock = clock;
    this.#upstreams = new UpstreamDirectory(clock, reports);
    this.#snapshot = snapshot;
    this.#verifier = new TokenVerifier(clock);
    this.apply(snapshot);
  }

  get paused(): boolean {
    return this.#snapshot.paused;
  }

  /** Where calls wait while the owner is away and there are no keys; null as long as there are. */
  get hold(): CallHold | null {
    return this.#hold;
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

  /** Where calls can go, and how each credential does. */
  get upstreams(): UpstreamDirectory {
    return this.#upstreams;
  }

  /** The user's limits, counted here. */
  get limits(): LimitBook {
    return this.#limits;
  }

  /** Origins that some lease still leads to. */
  get origins(): ReadonlySet<string> {
    return this.#upstreams.origins;
  }

  /** The user's names for lists of models. */
  get aliasNames(): Iterable<string> {
    return this.#aliases.keys();
  }

  /** What a caller of the unified API means by this name, in the order in which it is to be tried; empty when nothing. */
  targetsOf(requestedModel: string): readonly ModelTarget[] {
    const slash = requestedModel.indexOf('/');
    if (slash === -1) {
      return this.#aliases.get(requestedModel) ?? [];
    }
    const provider = requestedModel.slice(0, slash);
    const isKnown = this.#upstreams.get(provider) !== undefined || findProvider(provider) !== undefined;
    const model = requestedModel.slice(slash + 1);
    return isKnown ? [{ provider, model, timeouts: noTimeouts, fallbackOn: fallbackReasons }] : [];
  }

  grant(id: string): GrantState | undefined {
    return this.#grants.get(id);
  }

  /** True once its time is up by either clock. */
  hasExpired(grant: GrantState): boolean {
    return grant.expired(this.#clock);
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
    if (snapshot.upstreams.length === 0 && (snapshot.hold || snapshot.paused)) {
      this.#upstreams.putAway();
    } else {
      this.#upstreams.apply(snapshot.upstreams);
    }
    this.#aliases = new Map(snapshot.aliases.map((alias) => [alias.name, targetsOf(alias)]));
    this.#limits.apply(snapshot.limits, { at: this.#clock.now(), monotonic: this.#clock.monotonic() });
    const leases = leasesWithParents(snapshot.grants);
    const live = new Set(leases.map((lease) => lease.grantId));
    const ended = [...this.#grants.values()].filter((grant) => !live.has(grant.grantId));
    for (const lease of leases) {
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
    this.#linkToParents(leases);
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
    this.#applyHold(snapshot);
  }

  #linkToParents(leases: readonly GrantLease[]): void {
    for (const { grantId, parentGrantId = null } of leases) {
      const parent = parentGrantId === null ? undefined : this.#grants.get(parentGrantId);
      if (parent !== undefined) {
        this.#grants.get(grantId)?.stemFrom(parent);
      }
    }
  }

  /** Last of all, so that who was waiting meets the new keys, and who was cut waits no more. */
  #applyHold({ hold = null, paused }: Snapshot): void {
    const before = this.#hold;
    if (hold !== null && !paused) {
      before?.renew(hold);
      this.#hold = before ?? new CallHold(hold);
      return;
    }
    this.#hold = null;
    if (paused) {
      before?.refuseAll(new TollkeeperError('gateway_paused'));
    } else {
      before?.release();
    }
  }
}

/** Those whose every grant above is there too: a sub-agent’s grant is nothing without the one that it stems from. */
function leasesWithParents(leases: readonly GrantLease[]): readonly GrantLease[] {
  if (leases.every(({ parentGrantId = null }) => parentGrantId === null)) {
    return leases;
  }
  const byId = new Map(leases.map((lease) => [lease.grantId, lease]));
  return leases.filter((lease) => {
    let parentId = lease.parentGrantId ?? null;
    while (parentId !== null) {
      const parent = byId.get(parentId);
      if (parent === undefined) {
        return false;
      }
      parentId = parent.parentGrantId ?? null;
    }
    return true;
  });
}

function targetsOf({ targets, timeouts, fallbackOn }: AliasLease): readonly ModelTarget[] {
  return targets.map(({ provider, model }) => ({ provider, model, timeouts, fallbackOn }));
}

function cutAll(grant: GrantState, concerned: (tokenId: string | null) => boolean): void {
  for (const exchange of grant.running.members()) {
    if (concerned(exchange.tokenId)) {
      exchange.cut();
    }
  }
}
