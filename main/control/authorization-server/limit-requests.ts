import type { KoaContextWithOIDC } from 'oidc-provider';
import { authorizationServerPaths } from '#shared/contract/http.ts';
import type { Clock } from '#shared/model/clock.ts';
import { createRateWindow } from './rate-window.ts';

/** Requests per minute that an endpoint takes where each one leaves a row or asks a person, and nobody has to prove who they are. */
const mostPerMinute: ReadonlyMap<string, number> = new Map([
  [authorizationServerPaths.deviceAuthorization, 30],
  [authorizationServerPaths.register, 10],
]);

/**
 * Refuses what comes more often than a tool at work would ask, with 429, `slow_down` and `Retry-After`: a flood must fill
 * neither the disk nor the audit log.
 */
export function limitRequests(clock: Clock): (context: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void> {
  const windows = new Map([...mostPerMinute].map(([path, most]) => [path, createRateWindow(clock, most)]));
  return async (context, next) => {
    const window = windows.get(context.path);
    if (window === undefined || window.take()) return next();
    context.status = 429;
    context.set('retry-after', String(window.retryAfterSeconds()));
    context.set('cache-control', 'no-store');
    context.body = {
      error: 'slow_down',
      error_description: 'Too many requests of this kind. Try again in a minute.',
    };
  };
}
