import type { ClientMetadata } from 'oidc-provider';
import { toolNameSchema } from '#shared/model/access.ts';
import { type DemandForm, type DemandingClient, demandFields } from './client-demand.ts';

/** Grant type of RFC 8628 section 3.4. */
export const deviceCodeGrantType = 'urn:ietf:params:oauth:grant-type:device_code';

/** Grant type of RFC 6749 section 4.1. */
export const codeGrantType = 'authorization_code';

/** Grant type of RFC 6749 section 6. */
export const refreshGrantType = 'refresh_token';

/** Grant type of RFC 8693 section 2.1. */
export const exchangeGrantType = 'urn:ietf:params:oauth:grant-type:token-exchange';

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

/**
 * Metadata of a client that registered nothing: it may use the device grant, refresh what it gave, and hand on what it holds. The code flow is closed
 * to it, since no redirect URI of it is known. RFC 7591 section 2.
 */
export function publicClientMetadata(clientId: string): ClientMetadata {
  return {
    client_id: clientId,
    ...publicClientDefaults,
    ...{
      grant_types: [deviceCodeGrantType, refreshGrantType, exchangeGrantType],
      response_types: [],
      redirect_uris: [],
    },
  };
}

/** What every client is unless it says something else. */
export const publicClientDefaults = {
  application_type: 'native',
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

/** The part of a client that says what its requests may ask for. */
export interface AskingClient extends NamedClient {
  readonly grantTypes?: readonly string[] | undefined;
}

/**
 * Who asks: a client that registered the refresh grant always gets a refresh token, since that is how clients say that they can
 * use one (RFC 7591 section 2); one that registered nothing gets it by the scope `offline_access`.
 */
export function demandingClient(client: AskingClient): DemandingClient {
  const tool = toolNameOf(client);
  if (client.grantTypes?.includes(refreshGrantType) !== true) return { tool, refresh: 'never' };
  return { tool, refresh: client.clientId.startsWith(registeredClientPrefix) ? 'always' : 'when-asked' };
}

/** The fields of a request that a demand is read from. */
export function demandForm(params: Readonly<Record<string, unknown>>): DemandForm {
  return Object.fromEntries(
    demandFields.flatMap((field) => (typeof params[field] === 'string' ? [[field, params[field]]] : [])),
  );
}

/** The metadata of a client without the secret that the library makes for one that did not say it is public; nothing takes it. */
export function withoutClientSecret<T extends object>(
  metadata: T,
): Omit<T, 'client_secret' | 'client_secret_expires_at'> {
  return Object.fromEntries(
    Object.entries(metadata).filter(([name]) => name !== 'client_secret' && name !== 'client_secret_expires_at'),
  ) as Omit<T, 'client_secret' | 'client_secret_expires_at'>;
}
