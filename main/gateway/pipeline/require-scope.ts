import { TollkeeperError } from '#shared/model/error.ts';
import type { Capability } from '#shared/model/scope.ts';
import { type Exchange, present } from './exchange.ts';

/** Refuses with `insufficient_scope`, naming the scope that would do, unless the grant covers this call. */
export function requireScope(
  exchange: Exchange,
  call: { readonly provider: string; readonly capability: Capability; readonly model: string | null },
): void {
  const { provider, capability, model } = call;
  if (!present(exchange.grant).scopes.allows(provider, capability, model)) {
    const scope = model === null ? `${provider}:${capability}` : `${provider}:${capability}:${model}`;
    throw new TollkeeperError('insufficient_scope', undefined, { details: { scope } });
  }
}
