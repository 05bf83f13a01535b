import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { type Configuration, errors, type JWK, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { authorizationServerPaths } from '#shared/contract/http.ts';
import { deviceCodeSeconds } from '#shared/model/access.ts';
import type { AuthorizationServerOptions } from './authorization-server-options.ts';
import { demandFields, readDemand } from './client-demand.ts';
import { checkRegistration, type DraftMetadata, extraClientMembers } from './client-registration.ts';
import { codeGrantHandler, codeGrantParameters } from './code-grant.ts';
import type { CodeRequests } from './code-requests.ts';
import { openDeviceRequest } from './device-authorization.ts';
import { deviceGrantHandler } from './device-grant.ts';
import { createDeviceRequests } from './device-requests.ts';
import { exchangeGrantHandler, exchangeGrantParameters } from './exchange-grant.ts';
import { limitRequests } from './limit-requests.ts';
import type { ProofDesk } from './proof-desk.ts';
import {
  codeGrantType,
  demandForm,
  demandingClient,
  deviceCodeGrantType,
  exchangeGrantType,
  publicClientDefaults,
  refreshGrantType,
  registeredClientPrefix,
  withoutClientSecret,
} from './public-client.ts';
import { refreshGrantHandler, refreshGrantParameters } from './refresh-grant.ts';
import type { RefreshTokens } from './refresh-tokens.ts';
import { isOwnResource } from './resource.ts';
import { stateAdapters } from './state-adapter.ts';
import { tokenFormReader } from './token-form.ts';

/** What the library’s part of the server needs besides the server’s own options. */
export type OidcProviderOptions = AuthorizationServerOptions & {
  readonly codeRequests: CodeRequests;
  readonly refreshTokens: RefreshTokens;
  readonly proofs: ProofDesk;
};

/**
 * oidc-provider 9 set up as Tollkeeper's authorization server: it registers clients, authenticates them, parses and
 * checks requests. What is asked for is decided by control, and control signs the tokens.
 */
export function createOidcProvider(options: OidcProviderOptions): Provider {
  const requests = createDeviceRequests(options);
  const provider = new Provider(options.issuer, configuration(options));
  provider.silent = true;
  provider.use(limitRequests(options.clock));
  provider.use(registerPublicClient);
  provider.use(nameUnauthorizedClient);
  provider.use(openDeviceRequest({ ...options, requests }));
  const parts = { ...options, readForm: tokenFormReader(options.proofs) };
  provider.registerGrantType(deviceCodeGrantType, deviceGrantHandler({ ...parts, requests }), ['device_code']);
  const codeGrant = codeGrantHandler({ ...parts, requests: options.codeRequests });
  provider.registerGrantType(codeGrantType, codeGrant, codeGrantParameters, ['resource']);
  provider.registerGrantType(refreshGrantType, refreshGrantHandler(parts), refreshGrantParameters, ['resource']);
  const exchangeDuplicates = ['resource', 'audience'];
  provider.registerGrantType(
    exchangeGrantType,
    exchangeGrantHandler(parts),
    exchangeGrantParameters,
    exchangeDuplicates,
  );
  provider.on('server_error', (_context: unknown, error: Error) =>
    options.log('authorization-server-failed', { name: error.name }),
  );
  return provider;
}

/** Every client is public here, also one that did not say so: the answer holds no secret. RFC 7591 section 3.2.1. */
async function registerPublicClient(context: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (context.path === authorizationServerPaths.register && context.status === 201)
    context.body = withoutClientSecret(context.body as object);
}

/** The library calls it `invalid_request` when a client did not register the grant it asks for. RFC 6749 section 5.2 has a word for that. */
async function nameUnauthorizedClient(context: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (context.path !== authorizationServerPaths.token || context.status !== 400) return;
  const { client, params } = context.oidc;
  const grantType = String(params?.grant_type ?? '');
  const isRefused = client !== undefined && grantType !== '' && !client.grantTypeAllowed(grantType);
  const body = context.body as { readonly error?: unknown };
  if (isRefused && body.error === 'invalid_request') context.body = { ...body, error: 'unauthorized_client' };
}

function configuration(options: AuthorizationServerOptions): Configuration {
  const { issuer, state, clock, access } = options;
  return {
    adapter: stateAdapters({ state, clock, onClientRegistered: (client) => access.clientRegistered(client) }),
    clientAuthMethods: ['none'],
    clientDefaults: publicClientDefaults,
    clockTolerance: 0,
    clientBasedCORS: () => false,
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    extraClientMetadata: { properties: [...extraClientMembers], validator: validateClient },
    extraParams: demandFields.filter((field) => field !== 'scope'),
    fetch: fetchNothing,
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', deviceInfo: () => ({}) },
      registration: {
        enabled: true,
        initialAccessToken: false,
        issueRegistrationAccessToken: false,
        idFactory: () => `${registeredClientPrefix}${randomBytes(16).toString('base64url')}`,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => issuer,
        getResourceServerInfo: (context, resource, client) => {
          if (!isOwnResource(resource, issuer)) throw new errors.InvalidTarget();
          const { demand, fault } = readDemand(demandForm({ ...context.oidc.params }), demandingClient(client));
          if (fault !== null) throw new errors.CustomOIDCProviderError(fault.error, fault.description);
          return { scope: demand.scopes.join(' '), audience: issuer, accessTokenFormat: 'jwt' };
        },
        useGrantedResource: () => true,
      },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
    jwks: { keys: [unusedSigningKey()] },
    renderError: (context, out) => {
      context.body = out;
    },
    responseTypes: ['code'],
    routes: {
      device_authorization: authorizationServerPaths.deviceAuthorization,
      token: authorizationServerPaths.token,
      registration: authorizationServerPaths.register,
      code_verification: authorizationServerPaths.device,
      authorization: authorizationServerPaths.authorize,
      jwks: authorizationServerPaths.jwks,
    },
    scopes: [],
    ttl: { DeviceCode: deviceCodeSeconds },
  };
}

/** Client metadata may name addresses to load (`sector_identifier_uri`); nothing that a stranger names is ever loaded from here. */
async function fetchNothing(): Promise<Response> {
  throw new errors.InvalidClientMetadata('no address that a client names is loaded');
}

/** Called once for each of our extra members, with the whole of the client. */
function validateClient(
  context: KoaContextWithOIDC | undefined,
  member: string,
  _value: unknown,
  metadata: object,
): void {
  if (member === extraClientMembers[0]) checkRegistration(metadata as DraftMetadata, context?.oidc.body ?? null);
}

/** The library insists on a private key; nothing that it would sign is enabled, so this one never leaves the process and never signs. */
function unusedSigningKey(): JWK {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as JWK;
}
