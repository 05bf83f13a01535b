import { authorizationServerPaths } from '#shared/contract/http.ts';
import { demandParameters } from './device-demand.ts';
import { deviceCodeGrantType } from './public-client.ts';

/**
 * Authorization server metadata, RFC 8414 section 2. Scopes are not listed: they are made of every provider, capability
 * and model. The plain-http issuer is our documented deviation; it is only ever a loopback address.
 */
export function authorizationServerMetadata(issuer: string): Readonly<Record<string, unknown>> {
  const at = (path: string): string => new URL(path, issuer).href;
  return {
    issuer,
    token_endpoint: at(authorizationServerPaths.token),
    device_authorization_endpoint: at(authorizationServerPaths.deviceAuthorization),
    revocation_endpoint: at(authorizationServerPaths.revoke),
    introspection_endpoint: at(authorizationServerPaths.introspect),
    registration_endpoint: at(authorizationServerPaths.register),
    jwks_uri: at(authorizationServerPaths.jwks),
    response_types_supported: [],
    grant_types_supported: [deviceCodeGrantType],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    introspection_endpoint_auth_methods_supported: ['Bearer'],
    protected_resources: [issuer],
    tollkeeper_device_parameters_supported: Object.values(demandParameters),
  };
}

/** Protected resource metadata of the gateway, RFC 9728 section 2. */
export function protectedResourceMetadata(issuer: string): Readonly<Record<string, unknown>> {
  return {
    resource: issuer,
    resource_name: 'Tollkeeper',
    authorization_servers: [issuer],
    jwks_uri: new URL(authorizationServerPaths.jwks, issuer).href,
    bearer_methods_supported: ['header'],
  };
}
