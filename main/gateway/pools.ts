import type { Network, UpstreamTimeouts } from '#shared/model/network.ts';
import { createDial, type Dial } from './http/client/dial.ts';
import { HttpClient, waitsCheckedEveryMs } from './http/client/http-client.ts';
import type { UpstreamClient } from './http/client/upstream-call.ts';
import { Ticker } from './http/wire/ticker.ts';

/** How upstreams are reached, and how long they may take. */
export interface PoolPlan {
  readonly network: Network;
  readonly timeouts: UpstreamTimeouts;
}

/** One pool of kept connections per upstream origin, made when first needed. */
export interface Pools {
  for(origin: string): UpstreamClient;
  /** Opens a connection outside the pools, for a live session. */
  readonly dial: Dial;
  /** The deadlines in force. */
  readonly timeouts: UpstreamTimeouts;
  /** Takes another way to the network for all calls from now on; those in flight end as they began. */
  use(plan: PoolPlan): void;
  /** Lets go of origins that no credential leads to any more; requests in flight there go on. */
  keep(origins: ReadonlySet<string>): void;
  /** Ends all connections at once. */
  destroy(): void;
}

const idleConnectionMs = 30_000;

/** Makes the pools. A request is never sent twice: nothing that has left is repeated. */
export function createPools(initial: PoolPlan): Pools {
  const pools = new Map<string, HttpClient>();
  const ticker = new Ticker(waitsCheckedEveryMs);
  let { timeouts } = initial;
  let dial = dialFor(initial);

  function letGo(origins: ReadonlySet<string>): void {
    for (const [origin, pool] of pools) {
      if (!origins.has(origin)) {
        pools.delete(origin);
        pool.close();
      }
    }
  }

  return {
    for(origin) {
      const known = pools.get(origin);
      if (known !== undefined) {
        return known;
      }
      const pool = new HttpClient({
        ...{ origin, dial, ticker, idleConnectionMs },
        connectMs: timeouts.connect,
        firstByteMs: timeouts.firstByte,
        idleMs: timeouts.idle,
      });
      pools.set(origin, pool);
      return pool;
    },
    get dial() {
      return dial;
    },
    get timeouts() {
      return timeouts;
    },
    use(plan) {
      timeouts = plan.timeouts;
      dial = dialFor(plan);
      letGo(new Set());
    },
    keep: letGo,
    destroy() {
      for (const pool of pools.values()) {
        pool.destroy();
      }
      pools.clear();
    },
  };
}

function dialFor({ network, timeouts }: PoolPlan): Dial {
  return createDial({ network, connectMs: timeouts.connect });
}
