import type { CanaryLease } from '#shared/contract/port.ts';

/** How a call that tried a new key went: refused with this status, or accepted where that is null. */
export type ReportCanary = (
  credentialId: string,
  call: { readonly version: number; readonly refused: number | null },
) => void;

const everyCall = 100;

/**
 * Which calls of a credential try its new key, and how that goes. Every so many take it, the first one among them, without
 * randomness; until it was accepted once there is one at a time, and after a refusal there is none.
 */
export class CanaryState {
  readonly version: number;
  readonly #credentialId: string;
  readonly #report: ReportCanary;
  #share: number;
  /** In percent of a call: who has gathered a whole one may try. */
  #gathered: number;
  #underWay = 0;
  #accepted = false;
  #refused = false;

  constructor(credentialId: string, { version, share }: Pick<CanaryLease, 'version' | 'share'>, report: ReportCanary) {
    this.#credentialId = credentialId;
    this.version = version;
    this.#share = share;
    this.#gathered = everyCall - share;
    this.#report = report;
  }

  /** Takes the latest lease of the same version. */
  renew({ share }: Pick<CanaryLease, 'share'>): void {
    this.#share = share;
  }

  /** A call that could try the key comes: true when it shall. It must be told to {@link ended} then, once. */
  begin(): boolean {
    if (this.#refused) {
      return false;
    }
    this.#gathered = Math.min(this.#gathered + this.#share, 2 * everyCall);
    if (this.#gathered < everyCall || (!this.#accepted && this.#underWay > 0)) {
      return false;
    }
    this.#gathered -= everyCall;
    this.#underWay += 1;
    return true;
  }

  /** A call that tried it ended, whatever that says of it. */
  ended(): void {
    this.#underWay -= 1;
  }

  /** The provider took the key. */
  accepted(): void {
    this.#accepted = true;
    this.#report(this.#credentialId, { version: this.version, refused: null });
  }

  /** The provider refused it, or lets it do less than the one in use. */
  refused(status: number): void {
    if (!this.#refused) {
      this.#refused = true;
      this.#report(this.#credentialId, { version: this.version, refused: status });
    }
  }
}
