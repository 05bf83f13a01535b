import type { ClientMetadata } from 'oidc-provider';
import { toolNameSchema } from '#shared/model/access.ts';

/** Grant type of RFC 8628 section 3.4. */
export const deviceCodeGrantType = 'urn:ietf:params:oauth:grant-type:device_code';

/** Prefix of the ids that registration hands out; nobody can claim one. */
export const registeredClientPrefix = 'registered.';

const claimedClientIdPattern = /^[A-Za-z0-9._ -]{1,64}$/;

/**
 * True for a client id that needs no registration: the tool names itself, and that name is a claim which the prompt
 * marks as unverified. It gives no right of its own, since a person or a policy decides every request.
 */
export function isClaimedClientId(clientId: string): boolean {
  return claimedClientIdPattern.test(clientId) && !clientId.startsWith(registeredClientPrefix);
}

/** Metadata of a public native client that may only use the device grant. RFC 7591 section 2. */
export function publicClientMetadata(clientId: string): ClientMetadata {
  return { client_id: clientId, ...publicClientDefaults };
}

/** What a client is unless it registers as something else; the same for claimed and registered ones. */
export const publicClientDefaults = {
  application_type: 'native',
  grant_types: [deviceCodeGrantType],
  response_types: [],
  redirect_uris: [],
  token_endpoint_auth_method: 'none',
  id_token_signed_response_alg: 'ES256',
} as const satisfies Omit<ClientMetadata, 'client_id'>;

/** The part of a client that names its tool. */
export interface NamedClient {
  readonly clientId: string;
  readonly clientName?: string | undefined;
}

/** The tool's name as the prompt shows it: the registered name where it is a fit one, else the client id. */
export function toolNameOf(client: NamedClient): string {
  const claimed = toolNameSchema.safeParse(client.clientName ?? client.clientId);
  return claimed.success ? claimed.data : client.clientId;
}

/** The metadata of a client without the secret that the library makes for one that did not say it is public; nothing takes it. */
export function withoutClientSecret<T extends object>(
  metadata: T,
): Omit<T, 'client_secret' | 'client_secret_expires_at'> {
  return Object.fromEntries(
    Object.entries(metadata).filter(([name]) => name !== 'client_secret' && name !== 'client_secret_expires_at'),
  ) as Omit<T, 'client_secret' | 'client_secret_expires_at'>;
}
