import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { type Configuration, errors, type JWK, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { authorizationServerPaths } from '#shared/contract/http.ts';
import { deviceCodeSeconds } from '#shared/model/access.ts';
import type { AuthorizationServerOptions } from './authorization-server-options.ts';
import { openDeviceRequest } from './device-authorization.ts';
import { type DemandReading, demandParameters, readDemand } from './device-demand.ts';
import { deviceGrantHandler } from './device-grant.ts';
import { createDeviceRequests } from './device-requests.ts';
import { limitRequests } from './limit-requests.ts';
import {
  deviceCodeGrantType,
  type NamedClient,
  publicClientDefaults,
  registeredClientPrefix,
  toolNameOf,
  withoutClientSecret,
} from './public-client.ts';
import { stateAdapters } from './state-adapter.ts';

/**
 * oidc-provider 9 set up as Tollkeeper's authorization server: it registers clients, authenticates them, parses and
 * checks requests. What is asked for is decided by control, and control signs the tokens.
 */
export function createOidcProvider(options: AuthorizationServerOptions): Provider {
  const requests = createDeviceRequests(options);
  const provider = new Provider(options.issuer, configuration(options));
  provider.silent = true;
  provider.use(limitRequests(options.clock));
  provider.use(registerPublicClient);
  provider.use(openDeviceRequest({ ...options, requests }));
  provider.registerGrantType(deviceCodeGrantType, deviceGrantHandler({ ...options, requests }), ['device_code']);
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
    extraParams: demandValidators(),
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
          if (new URL(resource).href !== new URL(issuer).href) throw new errors.InvalidTarget();
          const scope = String(context.oidc.params?.scope ?? '');
          rejectFault(readDemand({ scope }, toolNameOf(client)));
          return { scope, audience: issuer, accessTokenFormat: 'jwt' };
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
    responseTypes: [],
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

/** Refuses a bad parameter before a device code exists. */
function demandValidators(): NonNullable<Configuration['extraParams']> {
  const validate = (name: string) => (context: KoaContextWithOIDC, value: string | undefined, client: NamedClient) => {
    const scope = String(context.oidc.params?.scope ?? '');
    if (value !== undefined) rejectFault(readDemand({ scope, [name]: value }, toolNameOf(client)));
  };
  return {
    ...Object.fromEntries(Object.values(demandParameters).map((name) => [name, validate(name)])),
    authorization_details: (_context, value) => {
      if (value !== undefined)
        throw new errors.InvalidAuthorizationDetails('authorization_details is not supported; use scope.');
    },
  };
}

function rejectFault({ fault }: DemandReading): void {
  if (fault !== null) throw new errors.CustomOIDCProviderError(fault.error, fault.description);
}

/** The library insists on a private key; nothing that it would sign is enabled, so this one never leaves the process and never signs. */
function unusedSigningKey(): JWK {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as JWK;
}
