import type { GrantLease } from '#shared/contract/port.ts';
import type { Clock } from '#shared/model/clock.ts';
import { type CompiledScopes, compileScopes } from '#shared/policy/match-scope.ts';
import { Roster } from './roster.ts';

/** Something that runs under a grant and must stop when the grant ends. */
export interface Cuttable {
  readonly tokenId: string | null;
  /** Ends it at once, on both sides. */
  cut(): void;
}

/** One live grant with the gateway's own count of what is left of it. Amounts are integer micro-dollars. */
export class GrantState {
  readonly grantId: string;
  readonly running = new Roster<Cuttable>();
  #lease: GrantLease;
  #scopes: CompiledScopes;
  #usesLeft: number | null;
  #budgetLeft: number | null;
  #reserved = 0;
  #monotonicEnd: number;
  #parent: GrantState | null = null;

  constructor(lease: GrantLease, clock: Clock) {
    this.grantId = lease.grantId;
    this.#lease = lease;
    this.#scopes = compileScopes(lease.scopes);
    this.#usesLeft = lease.usesLeft;
    this.#budgetLeft = lease.budgetLeftMicroUsd;
    this.#monotonicEnd = clock.monotonic() + Math.max(0, lease.expiresAt - clock.now());
  }

  get tool(): string {
    return this.#lease.tool;
  }

  get scopes(): CompiledScopes {
    return this.#scopes;
  }

  get queryToken(): boolean {
    return this.#lease.queryToken;
  }

  /** True when its tokens work for certain processes only. */
  get bound(): boolean {
    return this.#lease.bound === true;
  }

  /** True when what it or a grant above it may spend is limited. */
  get hasBudget(): boolean {
    return this.#budgetLeft !== null || this.#parent?.hasBudget === true;
  }

  /** Has everything it uses be taken from `parent` as well. */
  stemFrom(parent: GrantState): void {
    this.#parent = parent;
  }

  /** Takes what a newer snapshot says about it, but keeps its own counts, to which a top-up is added; its end can only come nearer. */
  renew(lease: GrantLease, clock: Clock): void {
    if (lease.scopes.join(' ') !== this.#lease.scopes.join(' ')) {
      this.#scopes = compileScopes(lease.scopes);
    }
    const added = (lease.budgetMicroUsd ?? 0) - (this.#lease.budgetMicroUsd ?? 0);
    if (this.#budgetLeft !== null && added > 0) {
      this.#budgetLeft += added;
    }
    this.#lease = lease;
    this.#monotonicEnd = Math.min(this.#monotonicEnd, clock.monotonic() + Math.max(0, lease.expiresAt - clock.now()));
  }

  /** True once either clock is past the end, so that setting the clock back gains nothing. */
  expired(clock: Clock): boolean {
    return clock.now() >= this.#lease.expiresAt || clock.monotonic() >= this.#monotonicEnd;
  }

  /** True when it, or a grant above it, allows only so many uses. */
  get countsUses(): boolean {
    return this.#usesLeft !== null || this.#parent?.countsUses === true;
  }

  /** True while a use is left, of it and of every grant above it. */
  get hasUse(): boolean {
    return (this.#usesLeft === null || this.#usesLeft > 0) && (this.#parent === null || this.#parent.hasUse);
  }

  /**
   * Takes one use, of it and of every grant above it; false, and nothing taken, when one of them has none left. Decided and done in
   * one step, so two requests never share the last one.
   */
  takeUse(): boolean {
    if (!this.hasUse) {
      return false;
    }
    if (this.#usesLeft !== null) {
      this.#usesLeft -= 1;
    }
    return this.#parent === null || this.#parent.takeUse();
  }

  /** Sets an amount aside, in it and in every grant above it; false, and nothing set aside, when one of them does not hold it. */
  reserve(amount: number): boolean {
    if (this.#budgetLeft !== null) {
      const free = this.#budgetLeft - this.#reserved;
      if (free <= 0 || amount > free) {
        return false;
      }
    }
    if (this.#parent !== null && !this.#parent.reserve(amount)) {
      return false;
    }
    if (this.#budgetLeft !== null) {
      this.#reserved += amount;
    }
    return true;
  }

  /** Replaces what was set aside by what it cost, in it and in every grant above it. */
  settle(reserved: number, cost: number): void {
    if (this.#budgetLeft !== null) {
      this.#reserved -= reserved;
      this.#budgetLeft -= cost;
    }
    this.#parent?.settle(reserved, cost);
  }
}
