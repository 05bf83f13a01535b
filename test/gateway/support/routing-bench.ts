import { onTestFinished } from 'vitest';
import type { AliasLease, GrantLease, UpstreamLease } from '#shared/contract/port.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { startTestGateway, type TestGateway } from './test-gateway.ts';
import { type Answer, chatCompletion, startUpstream, type TestUpstream } from './test-upstream.ts';

/** A gateway with upstreams of its own, and a token for it. */
export interface RoutingBench {
  readonly gateway: TestGateway;
  readonly upstreams: Readonly<Record<string, TestUpstream>>;
  call(body: string, options?: { readonly path?: string; readonly token?: string }): Promise<Response>;
  /** Which credential got each request so far, in order. */
  readonly served: string[];
}

/** The gateway's own deadlines, far beyond any test's. */
const patient = { connect: 600_000, firstByte: 600_000, idle: 600_000 };
/** The one message of the tests' calls, as a member of a body. */
export const messages = '"messages":[{"role":"user","content":"Hi"}]';
/** A small chat call. */
export const chat = `{"model":"gpt-4o-mini",${messages}}`;

/** An upstream that serves. */
export const fine: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chatCompletion));
};

/** An upstream that answers with an error of this status. */
export function failing(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(`{"error":{"code":${status}}}`);
  };
}

/** Starts an upstream for each name; a lease of that name goes to it. */
export async function startRoutingBench(
  leases: readonly Partial<UpstreamLease>[],
  options: { readonly aliases?: readonly AliasLease[]; readonly grant?: Partial<GrantLease> } = {},
): Promise<RoutingBench> {
  const served: string[] = [];
  const upstreams: Record<string, TestUpstream> = {};
  const placed: Partial<UpstreamLease>[] = [];
  for (const [index, lease] of leases.entries()) {
    const credentialId = lease.credentialId ?? '';
    const upstream = await startUpstream();
    onTestFinished(() => upstream.close());
    upstreams[credentialId] = upstream;
    const isHome = leases.findIndex(({ provider }) => provider === lease.provider) === index;
    placed.push({ baseUrl: `${upstream.origin}/v1`, isDefault: isHome, weight: isHome ? 1 : null, ...lease });
  }
  const gateway = await startTestGateway({ upstreams: placed, configuration: { timeouts: patient } });
  onTestFinished(() => gateway.close());
  if (options.aliases !== undefined) await gateway.update({ aliases: options.aliases });
  const { token } = await gateway.grant(options.grant);
  const bench: RoutingBench = {
    gateway,
    upstreams,
    served,
    call: (body, { path = '/openai/v1/chat/completions', token: bearer = token } = {}) =>
      fetch(gateway.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        body,
      }),
  };
  for (const credentialId of Object.keys(upstreams)) answer(bench, credentialId, fine);
  return bench;
}

/** Sets what a credential's upstream answers from now on. */
export function answer({ upstreams, served }: RoutingBench, credentialId: string, how: Answer): void {
  upstreams[credentialId]?.answer((request, response) => {
    served.push(credentialId);
    how(request, response);
  });
}

/** The row of a call, once its answer has been read. */
export async function rowOf({ gateway }: RoutingBench, response: Response): Promise<UsageRecord> {
  await response.arrayBuffer();
  return gateway.row(response.headers.get('x-tollkeeper-request-id') ?? '');
}
