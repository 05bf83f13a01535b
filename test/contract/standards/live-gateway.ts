import { performance } from 'node:perf_hooks';
import * as oauth from 'oauth4webapi';
import { onTestFinished } from 'vitest';
import type { Control } from '#main/control/control.ts';
import type { OperationArguments } from '#shared/contract/operations.ts';
import { startForControl } from '#test/gateway/support/gateway-host.ts';
import { startUpstream, type TestUpstream } from '#test/gateway/support/test-upstream.ts';
import { callerOf, startControl } from '#test/unit/control/running-control.ts';

/** A grant that the owner gave by hand, and a token of it. */
export interface LiveGrant {
  readonly grantId: string;
  readonly token: string;
}

/** What a call to a model came to. */
export interface CallOutcome {
  readonly status: number;
  /** Code of a refusal; null when it was served. */
  readonly code: string | null;
}

/** A whole control plane with its real gateway in front, and a provider behind it: what a client from outside meets. */
export interface LiveGateway {
  readonly url: string;
  readonly control: Control;
  readonly upstream: TestUpstream;
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly options: { readonly [oauth.allowInsecureRequests]: true };
  /** Asks for access and answers yes. */
  grant(demand?: Partial<OperationArguments<'request.create'>>, reference?: boolean): Promise<LiveGrant>;
  /** Calls a model with a bearer token. */
  call(token: string): Promise<CallOutcome>;
  /** Exchanges a token by the strict client; rejects with its `ResponseBodyError`. */
  exchange(token: string, parameters?: Readonly<Record<string, string>>): Promise<oauth.TokenEndpointResponse>;
}

/** Type of the tokens that are exchanged, RFC 8693 section 3. */
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
/** Grant type of RFC 8693. */
export const exchangeType = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Starts one; it is closed when the test has finished. */
export async function startLiveGateway(): Promise<LiveGateway> {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const { control } = await startControl({ changes: { startGateway: startForControl, clock, port: 0 } });
  const url = control.gatewayUrl ?? '';
  const key = { provider: 'openai', secret: `sk-proj-${'a'.repeat(48)}`, verify: false };
  await control.perform('credential.add', { ...key, baseUrl: `${upstream.origin}/v1` }, callerOf());
  const options = { [oauth.allowInsecureRequests]: true } as const;
  const client: oauth.Client = { client_id: 'searcher' };
  const discovery = await oauth.discoveryRequest(new URL(url), { ...options, algorithm: 'oauth2' });
  const as = await oauth.processDiscoveryResponse(new URL(url), discovery);
  return {
    ...{ url, control, upstream, as, client, options },
    async grant(demand = {}, reference = false) {
      const asked = await control.perform(
        'request.create',
        {
          ...{ tool: 'codey', scopes: ['openai:*'], ttlSeconds: 900 },
          ...{ uses: null, budgetMicroUsd: null, purpose: null, ...demand },
        },
        callerOf(),
      );
      await control.perform('request.approve', { id: asked.id, approval: {} }, callerOf());
      const { grantId, token } = await control.perform('request.wait', { id: asked.id, reference }, callerOf());
      return { grantId, token };
    },
    async call(token) {
      const body = JSON.stringify({
        model: 'gpt-4o-mini',
        max_tokens: 100,
        messages: [{ role: 'user', content: 'Hi' }],
      });
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await fetch(`${url}/openai/v1/chat/completions`, { method: 'POST', headers, body });
      const document = (await answer.json()) as { error?: { code?: string } };
      return { status: answer.status, code: document.error?.code ?? null };
    },
    async exchange(token, parameters = {}) {
      const form = { subject_token: token, subject_token_type: accessTokenType, ...parameters };
      const answer = await oauth.genericTokenEndpointRequest(as, client, oauth.None(), exchangeType, form, options);
      return oauth.processGenericTokenEndpointResponse(as, client, answer);
    },
  };
}

/** The OAuth error of something that must fail. */
export function oauthError(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error: unknown) => (error instanceof oauth.ResponseBodyError ? error.error : Promise.reject(error)),
  );
}
