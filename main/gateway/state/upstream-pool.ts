import type { Affinity } from './affinity.ts';
import type { CredentialState, Readiness } from './credential-health.ts';
import type { Upstream } from './upstream.ts';

/** One credential of a pool. */
export interface PoolMember {
  readonly upstream: Upstream;
  /** 0 to 100; 0 serves only when no other is left. */
  readonly weight: number;
  readonly state: CredentialState;
}

/** What a call asks of a pool. */
export interface PoolWish {
  readonly affinity: Affinity;
  readonly model: string | null;
  /** Whose prompt cache is to be found again. */
  readonly grant: object;
}

interface Standing extends PoolMember {
  /** How much it is owed; smooth weighted round robin as nginx does it. */
  owed: number;
}

/**
 * The credentials of one provider that serve it together. Calls are spread by weight, smoothly (of 3 to 1 every fourth goes to
 * the second), without randomness; a credential that cools down or whose circuit is open stands back.
 */
export class UpstreamPool {
  readonly #members: readonly Standing[];
  readonly #all: readonly Upstream[];
  /** Credential id by grant. */
  readonly #chosen: WeakMap<object, string>;

  /** `members` with the default first. `before` is the pool that this one takes the place of; what each is owed goes on. */
  constructor(members: readonly PoolMember[], before: UpstreamPool | undefined) {
    this.#members = members.map((member) => ({
      ...member,
      owed: before === undefined ? 0 : before.#owedTo(member.upstream.credentialId),
    }));
    this.#all = members.map(({ upstream }) => upstream);
    this.#chosen = before === undefined ? new WeakMap() : before.#chosen;
  }

  /** The default credential, or the first where the default is not in the pool; what calls that know no pool use. */
  get home(): Upstream | undefined {
    return this.#all[0];
  }

  /** All of them, the default first. */
  get upstreams(): readonly Upstream[] {
    return this.#all;
  }

  /** The order in which they are to be tried for this call; one whose circuit is open comes last. With a single one a look is all it costs. */
  order(wish: PoolWish): readonly Upstream[] {
    if (this.#members.length === 1) {
      return this.#all;
    }
    if (wish.affinity === 'account') {
      return this.#all.slice(0, 1);
    }
    const standing = this.#members.map((member) => ({ member, readiness: member.state.readiness(wish.model) }));
    const of = (kind: Readiness['kind']): Standing[] =>
      standing.filter(({ readiness }) => readiness.kind === kind).map(({ member }) => member);
    const ready = of('ready');
    const first = this.#first(ready, wish);
    const rest = ready.filter((member) => member !== first).sort((one, other) => other.weight - one.weight);
    const ordered = [...(first === undefined ? [] : [first]), ...rest, ...of('avoid'), ...of('wait')];
    return ordered.map(({ upstream }) => upstream);
  }

  #owedTo(credentialId: string): number {
    return this.#members.find(({ upstream }) => upstream.credentialId === credentialId)?.owed ?? 0;
  }

  #first(ready: readonly Standing[], { affinity, grant }: PoolWish): Standing | undefined {
    const weighted = ready.filter(({ weight }) => weight > 0);
    if (weighted.length === 0) {
      return ready[0];
    }
    const [home] = this.#members;
    if (affinity === 'home' && home !== undefined && weighted.includes(home)) {
      return home;
    }
    if (affinity !== 'grant') {
      return nextByWeight(weighted);
    }
    const known = this.#chosen.get(grant);
    const chosen = weighted.find(({ upstream }) => upstream.credentialId === known) ?? nextByWeight(weighted);
    if (chosen !== undefined) {
      this.#chosen.set(grant, chosen.upstream.credentialId);
    }
    return chosen;
  }
}

/** Each is owed its weight; who is owed most has its turn and pays for all. */
function nextByWeight(members: readonly Standing[]): Standing | undefined {
  let chosen: Standing | undefined;
  let total = 0;
  for (const member of members) {
    member.owed += member.weight;
    total += member.weight;
    if (chosen === undefined || member.owed > chosen.owed) {
      chosen = member;
    }
  }
  if (chosen !== undefined) {
    chosen.owed -= total;
  }
  return chosen;
}
