import { once } from 'node:events';
import {
  createServer,
  request as forward,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service account, or a key that a person made. */
export interface ServiceKey {
  readonly account: string | null;
  readonly keyId: string;
  readonly name: string;
  readonly secret: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  lastUsedAt: number | null;
}

/** What happens to the next request whose method and path fit; each is used once. */
export interface ServiceFault {
  readonly method: string;
  readonly path: RegExp;
  /** `silent`: the effect happens and the connection is cut. `hang`: it happens and nothing is ever answered. */
  readonly kind: 'status' | 'silent' | 'hang';
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server with OpenAI's paths for projects, service accounts and keys, and one model behind keys that live. */
export interface OpenaiKeyService {
  /** What a credential has for an address; ends in `/v1`. */
  readonly baseUrl: string;
  readonly keys: ServiceKey[];
  /** `POST /v1/organization/projects/…` and so on, in order. */
  readonly requests: string[];
  readonly faults: ServiceFault[];
  /** A new key is refused by so many uses before it is known everywhere. */
  unknownFor: number;
  /** Refuses calls of models with keys that were made here, though their check goes well. */
  refusesMade: boolean;
  /** The last chunk of an answer that begins now waits for this; null for no wait. */
  gate: Promise<void> | null;
  /** How many calls of models came with each secret, the refused ones included. */
  readonly uses: Map<string, number>;
  /** Called when a request hangs. */
  onHang: () => void;
  close(): Promise<void>;
}

/** The admin key it takes. */
export const openaiAdminKey = 'sk-admin-CANARY-of-the-tests-0123456789';

const project = '/v1/organization/projects/proj_test';

/** Starts one on a free port, with one key that a person made. Calls of models go on to `models`, where there is one. */
export async function startOpenaiKeyService(firstSecret: string, models?: string): Promise<OpenaiKeyService> {
  let made = 0;
  const unknown = new Map<string, number>();
  const recorded = new Map<string, Promise<Recorded>>();

  function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const { method = '', url = '' } = request;
    const path = url.split('?')[0] ?? '';
    service.requests.push(`${method} ${path}`);
    const bearer = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const at = service.faults.findIndex((fault) => fault.method === method && fault.path.test(path));
    const [fault] = at < 0 ? [] : service.faults.splice(at, 1);
    if (fault?.kind === 'status') {
      send(response, fault.status ?? 500, { error: { message: `It failed for ${bearer}.` } }, fault.headers);
      return;
    }
    const isLive = models !== undefined && !path.startsWith(project) && path !== '/v1/models';
    if (isLive && mayUse(bearer)) {
      const call = `${url} ${/"stream": ?true/.test(body)}`;
      const answered = recorded.get(call) ?? askModels(models, request, body);
      recorded.set(call, answered);
      const { gate } = service;
      void answered.then((known) => play(response, known, gate));
      return;
    }
    const [status, document] = path.startsWith(project)
      ? manage({
          method,
          path: path.slice(project.length),
          query: new URLSearchParams(url.split('?')[1]),
          bearer,
          body,
        })
      : use(bearer, isLive);
    if (fault?.kind === 'silent') {
      response.destroy();
    } else if (fault?.kind === 'hang') {
      service.onHang();
    } else {
      send(response, status, document);
    }
  }

  /** Counts the use of a key; false when it is refused. */
  function mayUse(bearer: string): boolean {
    service.uses.set(bearer, (service.uses.get(bearer) ?? 0) + 1);
    const key = service.keys.find(({ secret }) => secret === bearer);
    if (key === undefined || (service.refusesMade && key.account !== null)) return false;
    key.lastUsedAt = Math.floor(Date.now() / 1_000);
    return true;
  }

  function use(bearer: string, isRefused: boolean): readonly [number, unknown] {
    const key = service.keys.find(({ secret }) => secret === bearer);
    const trials = unknown.get(bearer) ?? 0;
    unknown.set(bearer, Math.max(0, trials - 1));
    if (key === undefined || trials > 0 || isRefused)
      return [401, { error: { message: 'Incorrect API key provided.' } }];
    return [200, { object: 'list', data: [{ id: 'gpt-5-mini', object: 'model' }] }];
  }

  interface Management {
    readonly method: string;
    readonly path: string;
    readonly query: URLSearchParams;
    readonly bearer: string;
    readonly body: string;
  }

  function manage({ method, path, query, bearer, body }: Management): readonly [number, unknown] {
    if (bearer !== openaiAdminKey) return [401, { error: { message: 'You have insufficient permissions.' } }];
    if (method === 'POST' && path === '/service_accounts') return [200, create(String(JSON.parse(body).name))];
    if (method === 'GET' && path === '/service_accounts')
      return [200, listOf(service.keys.filter(({ account }) => account !== null).map(asAccount), query)];
    if (method === 'GET' && path === '/api_keys') return [200, listOf(service.keys.map(asKey), query)];
    if (method === 'DELETE') return remove(path);
    return [404, { error: { message: 'Not found.' } }];
  }

  function create(name: string): unknown {
    made += 1;
    const key: ServiceKey = {
      ...{ account: `svc_acct_${made}`, keyId: `key_${made}`, name, lastUsedAt: null },
      secret: `sk-svcacct-${String(made).padStart(4, '0')}-${'x'.repeat(24)}-${String(made).padStart(4, '0')}`,
      createdAt: 1_700_000_000 + made,
    };
    service.keys.push(key);
    unknown.set(key.secret, service.unknownFor);
    const apiKey = { object: 'organization.project.service_account.api_key', name: 'Secret Key', id: key.keyId };
    return { ...asAccount(key), api_key: { ...apiKey, value: key.secret, created_at: key.createdAt } };
  }

  function remove(path: string): readonly [number, unknown] {
    const id = path.split('/').at(-1);
    const at = service.keys.findIndex(
      (key) => (path.startsWith('/service_accounts/') ? key.account : key.keyId) === id,
    );
    const key = service.keys[at];
    if (key === undefined) return [404, { error: { message: 'No such key.' } }];
    if (path.startsWith('/api_keys/') && key.account !== null)
      return [400, { error: { message: 'The key belongs to a service account. Delete that.' } }];
    service.keys.splice(at, 1);
    return [200, { object: 'deleted', id, deleted: true }];
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks).toString('utf8')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const service: OpenaiKeyService = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    keys: [
      {
        account: null,
        keyId: 'key_by_hand',
        name: 'mine',
        secret: firstSecret,
        createdAt: 1_700_000_000,
        lastUsedAt: null,
      },
    ],
    ...{
      requests: [],
      faults: [],
      onHang: () => undefined,
      unknownFor: 0,
      refusesMade: false,
      gate: null,
      uses: new Map(),
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return service;
}

/** What the models answered to a call once, for all that follow. */
interface Recorded {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The events of a stream one by one; else there is one. */
  readonly chunks: readonly string[];
}

/** Plays an answer chunk by chunk, a turn of the event loop apart. */
function play(response: ServerResponse, { status, headers, chunks }: Recorded, gate: Promise<void> | null): void {
  response.writeHead(status, headers);
  const next = (index: number): void => {
    const chunk = chunks[index];
    if (chunk === undefined) {
      response.end();
      return;
    }
    const pass = (): void => {
      response.write(chunk);
      setImmediate(next, index + 1);
    };
    if (gate !== null && index === chunks.length - 1) void gate.then(pass);
    else pass();
  };
  next(0);
}

async function askModels(origin: string, request: IncomingMessage, body: string): Promise<Recorded> {
  const { method = '', url = '', headers } = request;
  const onward = forward(`${origin}${url}`, { method, headers });
  onward.end(body);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part);
  const chunks = Buffer.concat(parts)
    .toString('utf8')
    .split(/(?<=\n\n)/);
  return { status: answer.statusCode ?? 502, headers: answer.headers, chunks };
}

function send(
  response: ServerResponse,
  status: number,
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(document));
}

/** Pages of two, so that every list has several. */
function listOf(entries: readonly { readonly id: string }[], query: URLSearchParams): unknown {
  const after = query.get('after');
  const begin = after === null ? 0 : entries.findIndex(({ id }) => id === after) + 1;
  const data = entries.slice(begin, begin + 2);
  const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
  return { object: 'list', data, ...ends, has_more: begin + 2 < entries.length };
}

function asAccount({ account, name, createdAt }: ServiceKey) {
  return {
    object: 'organization.project.service_account',
    id: account ?? '',
    name,
    role: 'member',
    created_at: createdAt,
  };
}

function asKey({ account, keyId, name, secret, createdAt, lastUsedAt }: ServiceKey) {
  const owner =
    account === null
      ? { type: 'user', user: { id: 'user_1' } }
      : { type: 'service_account', service_account: { id: account, name } };
  const redacted = `${secret.slice(0, 7)}********${secret.slice(-4)}`;
  const times = { created_at: createdAt, last_used_at: lastUsedAt };
  return { object: 'organization.project.api_key', id: keyId, name, redacted_value: redacted, ...times, owner };
}
