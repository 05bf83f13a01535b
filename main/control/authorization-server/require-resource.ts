import { errors } from 'oidc-provider';
import { isOwnResource } from './resource.ts';

/** Throws `invalid_target` when a token request names another resource than this gateway; it may come more than once. RFC 8707 section 2.2. */
export function requireOwnResource(resource: unknown, issuer: string): void {
  const named = resource === undefined ? [] : [resource].flat();
  if (!named.every((one) => typeof one === 'string' && isOwnResource(one, issuer))) throw new errors.InvalidTarget();
}
