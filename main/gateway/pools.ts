import { type Dispatcher, Pool } from 'undici';
import type { GatewayConfiguration } from '#shared/contract/port.ts';

/** One pool of kept connections per upstream origin, made when first needed. */
export interface Pools {
  for(origin: string): Dispatcher;
  /** Lets go of origins that no credential leads to any more; requests in flight there go on. */
  keep(origins: ReadonlySet<string>): void;
  /** Ends all connections at once. */
  destroy(): Promise<void>;
}

const idleConnectionMs = 30_000;

/** Makes the pools. A request is never sent twice: undici repeats nothing that has left. */
export function createPools(timeouts: GatewayConfiguration['timeouts']): Pools {
  const pools = new Map<string, Pool>();
  return {
    for(origin) {
      const known = pools.get(origin);
      if (known !== undefined) {
        return known;
      }
      const pool = new Pool(origin, {
        pipelining: 1,
        connect: { timeout: timeouts.connect },
        headersTimeout: timeouts.firstByte,
        bodyTimeout: timeouts.idle,
        keepAliveTimeout: idleConnectionMs,
        allowH2: false,
      });
      pools.set(origin, pool);
      return pool;
    },
    keep(origins) {
      for (const [origin, pool] of pools) {
        if (!origins.has(origin)) {
          pools.delete(origin);
          pool.close().catch(() => undefined);
        }
      }
    },
    async destroy() {
      const all = [...pools.values()];
      pools.clear();
      await Promise.all(all.map((pool) => pool.destroy()));
    },
  };
}
