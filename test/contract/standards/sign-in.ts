import * as oauth from 'oauth4webapi';
import type { AuthorizationBench } from '#test/unit/control/authorization-server/authorization-bench.ts';
import { issuer } from '#test/unit/control/authorization-server/authorization-bench.ts';

/** Where the tests' clients want to be answered; nothing listens there. */
export const redirectUri = 'http://127.0.0.1:43117/callback';

/** A client of the code flow as it registered, and one sign-in of it. */
export interface SignIn {
  readonly client: oauth.Client;
  readonly verifier: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Registers a native client by the strict client. */
export async function registerClient(
  bench: AuthorizationBench,
  metadata: Partial<oauth.OmitSymbolProperties<oauth.Client>> = {},
): Promise<oauth.Client> {
  const response = await oauth.dynamicClientRegistrationRequest(
    bench.as,
    {
      client_name: 'Editor',
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      ...metadata,
    } as Partial<oauth.OmitSymbolProperties<oauth.Client>>,
    bench.options,
  );
  return oauth.processDynamicClientRegistrationResponse(response);
}

/** Everything a request of the code flow needs; `changes` replace parameters, and undefined leaves one out. */
export async function prepare(
  client: oauth.Client,
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<SignIn> {
  const verifier = oauth.generateRandomCodeVerifier();
  const all: Readonly<Record<string, string | undefined>> = {
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openai:chat',
    state: 'state-of-the-test',
    resource: issuer,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...changes,
  };
  const parameters = Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return { client, verifier, parameters };
}

/** Opens an address of the server as a browser does, without following where it leads. */
export function open(bench: AuthorizationBench, address: string): Promise<Response> {
  return bench.fetch(address, { redirect: 'manual' });
}

/** Opens the page where the sign-in begins. */
export function begin(bench: AuthorizationBench, { parameters }: SignIn): Promise<Response> {
  return open(bench, `${new URL(String(bench.as.authorization_endpoint)).pathname}?${new URLSearchParams(parameters)}`);
}

/** The address that the waiting page loads next. */
export function nextOf(page: Response): string {
  return /^1; url=(\/oauth\/authorize\/wait\?ticket=[\w-]{43})$/.exec(page.headers.get('refresh') ?? '')?.[1] ?? '';
}

/** Where the browser is sent; throws when it is not sent anywhere. */
export function locationOf(response: Response): URL {
  return new URL(response.headers.get('location') ?? 'it was not redirected');
}

/** Begins, has it decided, and waits: where the browser ends. */
export async function callback(
  bench: AuthorizationBench,
  signIn: SignIn,
  decision: Parameters<AuthorizationBench['asked'][number]['decide']>[0],
): Promise<URL> {
  const page = await begin(bench, signIn);
  bench.asked.at(-1)?.decide(decision);
  return locationOf(await open(bench, nextOf(page)));
}

/** The parameters of a callback as the strict client accepts them, `iss` and `state` checked. RFC 9207. */
export function accepted(bench: AuthorizationBench, signIn: SignIn, at: URL): URLSearchParams {
  return oauth.validateAuthResponse(
    { ...bench.as, authorization_response_iss_parameter_supported: true },
    signIn.client,
    at,
    signIn.parameters.state ?? oauth.expectNoState,
  );
}

/** Redeems the code by the strict client; rejects with its `ResponseBodyError`. */
export async function redeem(
  bench: AuthorizationBench,
  signIn: SignIn,
  parameters: URLSearchParams,
  extra: Readonly<Record<string, string>> = {},
): Promise<oauth.TokenEndpointResponse> {
  const response = await oauth.authorizationCodeGrantRequest(
    bench.as,
    signIn.client,
    oauth.None(),
    parameters,
    signIn.parameters.redirect_uri ?? redirectUri,
    signIn.verifier,
    { ...bench.options, additionalParameters: { resource: issuer, ...extra } },
  );
  return oauth.processAuthorizationCodeResponse(bench.as, signIn.client, response);
}

/** The whole flow: registered, asked, allowed, redeemed. */
export async function obtain(
  bench: AuthorizationBench,
  options: {
    readonly metadata?: Partial<oauth.OmitSymbolProperties<oauth.Client>>;
    readonly changes?: Readonly<Record<string, string | undefined>>;
    readonly grantId?: string;
  } = {},
): Promise<{ readonly client: oauth.Client; readonly tokens: oauth.TokenEndpointResponse }> {
  const client = await registerClient(bench, options.metadata);
  const signIn = await prepare(client, options.changes);
  const grantId = options.grantId ?? 'grant_1';
  const at = await callback(bench, signIn, { outcome: 'granted', grantId });
  return { client, tokens: await redeem(bench, signIn, accepted(bench, signIn, at)) };
}

/** Uses a refresh token by the strict client. */
export async function refresh(
  bench: AuthorizationBench,
  client: oauth.Client,
  token: string | undefined,
  extra: Readonly<Record<string, string>> = {},
): Promise<oauth.TokenEndpointResponse> {
  const response = await oauth.refreshTokenGrantRequest(bench.as, client, oauth.None(), token ?? '', {
    ...bench.options,
    additionalParameters: extra,
  });
  return oauth.processRefreshTokenResponse(bench.as, client, response);
}

/** The OAuth error of something that must fail. */
export function errorOf(outcome: Promise<unknown>): Promise<string> {
  return outcome.then(
    () => 'no error',
    (error: unknown) =>
      error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError
        ? error.error
        : Promise.reject(error),
  );
}

/** Posts a form as it is, past the strict client. */
export function post(
  bench: AuthorizationBench,
  path: string,
  form: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
): Promise<Response> {
  const pairs = Array.isArray(form) ? form : Object.entries(form);
  return bench.fetch(path, {
    method: 'POST',
    body: new URLSearchParams(pairs.map(([name, value]) => [name, value])),
  });
}
