import type { Endpoint } from '#shared/model/provider.ts';
import type { Capability } from '#shared/model/scope.ts';

/** Capabilities whose calls cost money even where the answer tells no usage. */
const costlyCapabilities: ReadonlySet<Capability> = new Set(['images', 'audio', 'realtime', 'batches']);

/** True when a call to this endpoint may cost money. Listing, reading, deleting, cancelling and counting tokens do not. */
export function isCharged(endpoint: Endpoint): boolean {
  if (endpoint.charged === false) {
    return false;
  }
  return endpoint.dialect !== null || (endpoint.method === 'POST' && costlyCapabilities.has(endpoint.capability));
}
