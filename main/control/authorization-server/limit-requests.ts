import type { KoaContextWithOIDC } from 'oidc-provider';
import { authorizationServerPaths } from '#shared/contract/http.ts';
import type { Clock } from '#shared/model/clock.ts';

/** Requests per minute that an endpoint takes where each one leaves a row or asks a person, and nobody has to prove who they are. */
const mostPerMinute: ReadonlyMap<string, number> = new Map([
  [authorizationServerPaths.deviceAuthorization, 30],
  [authorizationServerPaths.register, 10],
]);

const minuteMs = 60_000;

/**
 * Refuses what comes more often than a tool at work would ask, with 429, `slow_down` and `Retry-After`: a flood must fill
 * neither the disk nor the audit log.
 */
export function limitRequests(clock: Clock): (context: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void> {
  const taken = new Map<string, readonly number[]>();
  return async (context, next) => {
    const most = mostPerMinute.get(context.path);
    if (most === undefined) return next();
    const now = clock.monotonic();
    const recent = (taken.get(context.path) ?? []).filter((at) => now - at < minuteMs);
    const [oldest] = recent;
    if (oldest !== undefined && recent.length >= most) {
      context.status = 429;
      context.set('retry-after', String(Math.max(1, Math.ceil((oldest + minuteMs - now) / 1_000))));
      context.set('cache-control', 'no-store');
      context.body = {
        error: 'slow_down',
        error_description: 'Too many requests of this kind. Try again in a minute.',
      };
      return;
    }
    taken.set(context.path, [...recent, now]);
    await next();
  };
}
