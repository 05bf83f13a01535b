import { authorizationServerPaths } from '#shared/contract/http.ts';
import { capabilities } from '#shared/model/scope.ts';
import { proofAlgorithms } from '#shared/policy/check-proof.ts';
import { demandParameters, offlineScope } from './client-demand.ts';
import { gatewayDetailsType } from './gateway-details.ts';
import { codeGrantType, deviceCodeGrantType, exchangeGrantType, refreshGrantType } from './public-client.ts';

/** What a client that names no scope of its own may ask for, to call any model that the user has: enough to begin with. */
const basicScopes = ['*:chat', '*:models'];

/**
 * Authorization server metadata, RFC 8414 section 2. Of the scopes, which are made of every provider, capability and
 * model, those for every provider are listed. The plain-http issuer is our documented deviation; it is only ever a loopback address.
 */
export function authorizationServerMetadata(issuer: string): Readonly<Record<string, unknown>> {
  const at = (path: string): string => new URL(path, issuer).href;
  return {
    issuer,
    authorization_endpoint: at(authorizationServerPaths.authorize),
    token_endpoint: at(authorizationServerPaths.token),
    device_authorization_endpoint: at(authorizationServerPaths.deviceAuthorization),
    revocation_endpoint: at(authorizationServerPaths.revoke),
    introspection_endpoint: at(authorizationServerPaths.introspect),
    registration_endpoint: at(authorizationServerPaths.register),
    jwks_uri: at(authorizationServerPaths.jwks),
    scopes_supported: [...Object.keys(capabilities).map((capability) => `*:${capability}`), offlineScope],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: [codeGrantType, refreshGrantType, deviceCodeGrantType, exchangeGrantType],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    authorization_details_types_supported: [gatewayDetailsType],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    introspection_endpoint_auth_methods_supported: ['Bearer', 'DPoP'],
    dpop_signing_alg_values_supported: proofAlgorithms,
    protected_resources: [issuer],
    tollkeeper_device_parameters_supported: Object.values(demandParameters),
    tollkeeper_token_formats_supported: ['jwt', 'reference'],
  };
}

/** Protected resource metadata of the gateway, RFC 9728 section 2. */
export function protectedResourceMetadata(issuer: string): Readonly<Record<string, unknown>> {
  return {
    resource: issuer,
    resource_name: 'Tollkeeper',
    authorization_servers: [issuer],
    jwks_uri: new URL(authorizationServerPaths.jwks, issuer).href,
    scopes_supported: basicScopes,
    authorization_details_types_supported: [gatewayDetailsType],
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: proofAlgorithms,
    dpop_bound_access_tokens_required: false,
  };
}
