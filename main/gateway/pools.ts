import { type Dispatcher, Pool } from 'undici';
import type { Network, UpstreamTimeouts } from '#shared/model/network.ts';
import { type Connect, createConnector } from './network/connector.ts';

/** How upstreams are reached, and how long they may take. */
export interface PoolPlan {
  readonly network: Network;
  readonly timeouts: UpstreamTimeouts;
}

/** One pool of kept connections per upstream origin, made when first needed. */
export interface Pools {
  for(origin: string): Dispatcher;
  /** Opens a connection outside the pools, for a live session. */
  readonly connect: Connect;
  /** The deadlines in force. */
  readonly timeouts: UpstreamTimeouts;
  /** Takes another way to the network for all calls from now on; those in flight end as they began. */
  use(plan: PoolPlan): void;
  /** Lets go of origins that no credential leads to any more; requests in flight there go on. */
  keep(origins: ReadonlySet<string>): void;
  /** Ends all connections at once. */
  destroy(): Promise<void>;
}

const idleConnectionMs = 30_000;

/** Makes the pools. A request is never sent twice: undici repeats nothing that has left. */
export function createPools(initial: PoolPlan): Pools {
  const pools = new Map<string, Pool>();
  let { timeouts } = initial;
  let connect = connectorFor(initial);

  function letGo(origins: ReadonlySet<string>): void {
    for (const [origin, pool] of pools) {
      if (!origins.has(origin)) {
        pools.delete(origin);
        pool.close().catch(() => undefined);
      }
    }
  }

  return {
    for(origin) {
      const known = pools.get(origin);
      if (known !== undefined) {
        return known;
      }
      const pool = new Pool(origin, {
        pipelining: 1,
        connect,
        headersTimeout: timeouts.firstByte,
        bodyTimeout: timeouts.idle,
        keepAliveTimeout: idleConnectionMs,
        allowH2: false,
      });
      pools.set(origin, pool);
      return pool;
    },
    get connect() {
      return connect;
    },
    get timeouts() {
      return timeouts;
    },
    use(plan) {
      timeouts = plan.timeouts;
      connect = connectorFor(plan);
      letGo(new Set());
    },
    keep: letGo,
    async destroy() {
      const all = [...pools.values()];
      pools.clear();
      await Promise.all(all.map((pool) => pool.destroy()));
    },
  };
}

function connectorFor({ network, timeouts }: PoolPlan): Connect {
  return createConnector({ network, connectMs: timeouts.connect, http2: false });
}
