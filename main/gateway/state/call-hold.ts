import type { CallHoldLease } from '#shared/contract/port.ts';
import { TollkeeperError } from '#shared/model/error.ts';

/** A call that waits for its owner. */
export interface HeldCall {
  readonly response: { once(event: 'close', listener: () => void): unknown };
}

/** Calls that wait at once, at most; the next ones are refused. */
export const mostHeldCalls = 200;

/** Milliseconds after which a refused caller is asked to come back; SDKs wait that long by themselves. */
const comeBackMs = 30_000;

interface Waiter {
  readonly timer: NodeJS.Timeout;
  go(): void;
  refuse(error: TollkeeperError): void;
}

/** Where calls wait while their owner is away and the gateway has no keys. Each waits its time and no longer; none is lost. */
export class CallHold {
  readonly #waiting = new Set<Waiter>();
  #lease: CallHoldLease;

  constructor(lease: CallHoldLease) {
    this.#lease = lease;
  }

  /** Takes what now holds; refuses those that wait when nobody is to wait any more. */
  renew(lease: CallHoldLease): void {
    this.#lease = lease;
    if (lease.mode === 'refuse') {
      this.refuseAll(away());
    }
  }

  /** Resolves when the owner is back or the caller has left; rejects with `owner_away` when that takes too long, or at once when nobody may wait. */
  wait(call: HeldCall): Promise<void> {
    if (this.#lease.mode === 'refuse' || this.#waiting.size >= mostHeldCalls) {
      return Promise.reject(away());
    }
    return new Promise((resolve, reject) => {
      const leave = (): boolean => {
        clearTimeout(waiter.timer);
        return this.#waiting.delete(waiter);
      };
      const waiter: Waiter = {
        timer: setTimeout(() => waiter.refuse(away()), this.#lease.waitMs),
        go: () => void (leave() && resolve()),
        refuse: (error) => void (leave() && reject(error)),
      };
      this.#waiting.add(waiter);
      call.response.once('close', waiter.go);
    });
  }

  /** The owner is back: all that wait go on, in the order in which they came. */
  release(): void {
    for (const waiter of [...this.#waiting]) {
      waiter.go();
    }
  }

  /** None of them may go on. */
  refuseAll(error: TollkeeperError): void {
    for (const waiter of [...this.#waiting]) {
      waiter.refuse(error);
    }
  }
}

function away(): TollkeeperError {
  return new TollkeeperError('owner_away', undefined, { details: { retryAfterMs: comeBackMs } });
}
