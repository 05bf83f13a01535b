import type { CredentialRecord } from '#main/store/registry/registry.ts';
import type { OperationArguments } from '#shared/contract/operations.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Provider } from '#shared/model/provider.ts';
import { isLoopbackHost, normalizeBaseUrl } from './base-url.ts';
import { cleanKey, fingerprintOf } from './key-form.ts';

/** What a new credential will be; nothing was called or stored yet. */
export interface CredentialPlan {
  readonly provider: string;
  readonly definition: Provider;
  readonly baseUrl: string;
  readonly label: string;
  readonly secret: string;
  readonly fingerprint: string;
}

/** Id of the data file behind providers that the user names. */
const customDefinition = 'custom';

/** First segments of the gateway's own paths, which no provider can be called. */
const reservedNames: readonly string[] = ['v1', 'v1beta', 'oauth', 'healthz'];

/**
 * Decides what an input means, or throws what is wrong with it: `unknown_provider`, `base_url_required`, `base_url_refused`,
 * `key_malformed`, `invalid_request`. A name that is not built in becomes the user's own provider when it comes with an address.
 */
export function planCredential(
  input: OperationArguments<'credential.add'>,
  existing: readonly CredentialRecord[],
  providers: Readonly<Record<string, Provider>>,
): CredentialPlan {
  const definition = findDefinition(input, providers);
  const baseUrl = input.baseUrl === undefined ? definition.baseUrl : normalizeBaseUrl(input.baseUrl);
  if (baseUrl === null)
    throw new TollkeeperError(
      'base_url_required',
      `${definition.name} has no common address. Give its URL with --base-url.`,
    );
  const secret = cleanKey(input.secret, {
    provider: definition,
    others: Object.values(providers),
    customAddress: input.baseUrl !== undefined && baseUrl !== definition.baseUrl,
    mayBeEmpty: definition.local || (definition.id === customDefinition && isLoopbackHost(new URL(baseUrl).hostname)),
  });
  return {
    provider: input.provider,
    definition,
    baseUrl,
    label: input.label || freeLabel(definition.id === customDefinition ? input.provider : definition.name, existing),
    secret,
    fingerprint: secret === '' ? 'no key' : fingerprintOf(secret),
  };
}

function findDefinition(
  { provider, baseUrl }: OperationArguments<'credential.add'>,
  providers: Readonly<Record<string, Provider>>,
): Provider {
  const builtIn = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
  if (builtIn !== undefined) return builtIn;
  const template = providers[customDefinition];
  if (baseUrl === undefined || template === undefined)
    throw new TollkeeperError(
      'unknown_provider',
      `No built-in provider is called ${provider}. Give its address with --base-url to add it as your own.`,
    );
  if (reservedNames.includes(provider))
    throw new TollkeeperError(
      'invalid_request',
      `The name ${provider} is taken by a path of the gateway. Choose another.`,
    );
  return template;
}

/** The provider's name, numbered when another credential is called so. */
export function freeLabel(name: string, existing: readonly CredentialRecord[]): string {
  const taken = new Set(existing.map((record) => record.label));
  let label = name;
  for (let number = 2; taken.has(label); number += 1) label = `${name} ${number}`;
  return label;
}
