import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { onTestFinished } from 'vitest';
import type { IdentityCard, WorkloadIdentity } from '#shared/model/workload-identity.ts';

/** A provider's token endpoint as https://platform.claude.com/docs/en/manage-claude/wif-reference describes it, and its list of models. */
export interface TokenService {
  readonly url: string;
  /** The registered issuer; null before a person registered it. */
  trusted: IdentityCard | null;
  /** Milliseconds since the epoch by the provider's clock. */
  now: () => number;
  /** Status that every exchange is answered with; null to judge it. */
  answer: number | null;
  expiresInSeconds: number;
  readonly exchanges: {
    readonly headers: IncomingMessage['headers'];
    readonly body: Readonly<Record<string, string>>;
  }[];
  readonly given: string[];
  readonly calls: IncomingMessage['headers'][];
}

/** What the rule of the service is for. */
export const registeredIdentity: WorkloadIdentity = {
  ruleId: 'fdrl_1',
  organizationId: '00000000-0000-0000-0000-000000000001',
  serviceAccountId: 'svac_1',
  workspaceId: null,
};

/** Starts one; it ends with the test. */
export async function startTokenService(now: () => number): Promise<TokenService> {
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    response.setHeader('date', new Date(service.now()).toUTCString());
    const work = request.url === '/v1/oauth/token' ? exchange(request, response) : models(request, response);
    work.catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  const service: TokenService = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trusted: null,
    now,
    answer: null,
    expiresInSeconds: 600,
    exchanges: [],
    given: [],
    calls: [],
  };

  async function models({ headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    service.calls.push(headers);
    const isKnown = service.given.includes(headers.authorization?.replace('Bearer ', '') ?? '');
    reply(response, isKnown ? 200 : 401, isKnown ? { data: [{ id: 'claude-sonnet-4-5' }] } : { error: 'unauthorized' });
  }

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, string>;
    service.exchanges.push({ headers: request.headers, body });
    if (service.answer !== null) return reply(response, service.answer, { error: 'invalid_grant' });
    if (!(await isTrusted(body))) return reply(response, 401, { error: 'invalid_grant', assertion: body.assertion });
    const token = `sk-ant-oat01-${service.given.length + 1}`;
    service.given.push(token);
    reply(response, 200, { access_token: token, token_type: 'Bearer', expires_in: service.expiresInSeconds });
  }

  async function isTrusted(body: Readonly<Record<string, string>>): Promise<boolean> {
    const { ruleId, organizationId, serviceAccountId } = registeredIdentity;
    const isRule =
      body.grant_type === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
      body.federation_rule_id === ruleId &&
      body.organization_id === organizationId &&
      body.service_account_id === serviceAccountId;
    if (service.trusted === null || !isRule) return false;
    const { issuer, audience, subject, jwks } = service.trusted;
    const keys = createLocalJWKSet(jwks as unknown as JSONWebKeySet);
    const checks = { issuer, audience, subject, currentDate: new Date(service.now()), maxTokenAge: 600 };
    const read = await jwtVerify(body.assertion ?? '', keys, checks).catch(() => null);
    if (read?.payload.jti === undefined || seen.has(read.payload.jti)) return false;
    seen.add(read.payload.jti);
    return true;
  }

  return service;
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
