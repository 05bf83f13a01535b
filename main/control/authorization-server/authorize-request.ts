import type { AccessDemand } from '#shared/model/access.ts';
import { type DemandFault, demandFields, readDemand } from './client-demand.ts';
import type { CodeRequestDraft } from './code-requests.ts';
import { type AskingClient, demandForm, demandingClient } from './public-client.ts';
import { isOwnResource } from './resource.ts';

/** The part of a registered client that its authorization requests are held against. */
export interface AuthorizingClient extends AskingClient {
  responseTypeAllowed(type: string): boolean;
  /** Letter by letter; a native client's loopback address may have any port. RFC 8252 section 7.3. */
  redirectUriAllowed(uri: string): boolean;
}

/** The way back to the client. */
export interface ReturnAddress {
  readonly redirectUri: string;
  readonly state: string | null;
}

/** An error that goes back to the client by redirect. RFC 6749 section 4.1.2.1. */
export interface AuthorizeFault {
  readonly error:
    | DemandFault['error']
    | 'unauthorized_client'
    | 'unsupported_response_type'
    | 'request_not_supported'
    | 'request_uri_not_supported'
    | 'invalid_target';
  readonly description: string;
}

/** What an authorization request is found to be. */
export type AuthorizeReading =
  /** Nothing that could be trusted as a way back: the person is told, the client hears nothing. */
  | { readonly kind: 'dead-end'; readonly reason: string }
  | { readonly kind: 'fault'; readonly back: ReturnAddress; readonly fault: AuthorizeFault }
  | { readonly kind: 'request'; readonly draft: CodeRequestDraft; readonly demand: AccessDemand };

/** What the reading needs. */
export interface AuthorizeReadingOptions {
  readonly issuer: string;
  /** Null for a client that nobody registered. */
  readonly client: AuthorizingClient | null;
}

const longestState = 4_096;
const challengePattern = /^[A-Za-z0-9_-]{43}$/;
const single = [
  ...['client_id', 'redirect_uri', 'response_type', 'response_mode', 'state'],
  ...['code_challenge', 'code_challenge_method', ...demandFields],
] as const;

/**
 * Reads an authorization request of the code flow. What concerns the client and its redirect URI comes first, since without
 * those nothing may be sent anywhere; everything else goes back to the client. RFC 6749 section 4.1.1, RFC 7636 section 4.3,
 * RFC 8707 section 2. A parameter without a value is one that was not sent, RFC 6749 section 3.1.
 */
export function readAuthorizeRequest(sent: URLSearchParams, options: AuthorizeReadingOptions): AuthorizeReading {
  const { client } = options;
  const params = new URLSearchParams([...sent].filter(([, value]) => value !== ''));
  const redirectUri = params.get('redirect_uri');
  if (client === null) return deadEnd('The tool that sent you here is not registered with this Tollkeeper.');
  if (redirectUri === null || params.getAll('redirect_uri').length > 1 || !client.redirectUriAllowed(redirectUri))
    return deadEnd('The tool that sent you here wants the answer at an address that it did not register.');
  const state = params.get('state');
  if (state !== null && state.length > longestState) return deadEnd('The tool sent a state that is too long.');
  const back = { redirectUri, state };
  const fault = findFault(params, options.issuer, client);
  if (fault !== null) return { kind: 'fault', back, fault };
  const reading = readDemand(demandForm(Object.fromEntries(params)), demandingClient(client));
  if (reading.fault !== null) return { kind: 'fault', back, fault: reading.fault };
  const { demand, shape } = reading;
  const draft: CodeRequestDraft = {
    ...{ clientId: client.clientId, tool: demand.tool, ...back },
    ...{ codeChallenge: params.get('code_challenge') ?? '', scopes: [...demand.scopes], shape },
  };
  return { kind: 'request', draft, demand };
}

function findFault(params: URLSearchParams, issuer: string, client: AuthorizingClient): AuthorizeFault | null {
  const twice = single.find((name) => params.getAll(name).length > 1);
  if (twice !== undefined) return faultOf('invalid_request', `${twice} comes twice.`);
  if (params.has('request')) return faultOf('request_not_supported', 'Send the parameters themselves.');
  if (params.has('request_uri')) return faultOf('request_uri_not_supported', 'Send the parameters themselves.');
  const type = params.get('response_type');
  if (type === null) return faultOf('invalid_request', 'response_type is missing.');
  if (type !== 'code') return faultOf('unsupported_response_type', 'The only response type is code.');
  if (!client.responseTypeAllowed(type))
    return faultOf('unauthorized_client', 'The client did not register the code flow.');
  const mode = params.get('response_mode');
  if (mode !== null && mode !== 'query') return faultOf('invalid_request', 'The only response mode is query.');
  if (params.get('code_challenge_method') !== 'S256' || !challengePattern.test(params.get('code_challenge') ?? ''))
    return faultOf('invalid_request', 'Send a code_challenge with the code_challenge_method S256.');
  if (!params.getAll('resource').every((resource) => isOwnResource(resource, issuer)))
    return faultOf('invalid_target', `The only resource is ${issuer}.`);
  return null;
}

function faultOf(error: AuthorizeFault['error'], description: string): AuthorizeFault {
  return { error, description };
}

function deadEnd(reason: string): AuthorizeReading {
  return { kind: 'dead-end', reason };
}
