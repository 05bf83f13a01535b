import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CreateConnector } from '#main/control/rotation/connector.ts';
import type { Provider } from '#shared/model/provider.ts';
import type { RotationSupport } from '#shared/model/rotation.ts';

/** A key that the service knows; one that was destroyed is not there any more. */
export interface ServedKey {
  readonly id: string;
  readonly name: string | null;
  secret: string;
  disabled: boolean;
  /** What else the provider keeps of it, such as its permissions. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** What a request wants. `use` is a call with a key itself, `self` one by which a key asks who it is. */
export type CallKind = 'token' | 'list' | 'read' | 'create' | 'disable' | 'revoke' | 'use' | 'self' | 'unknown';

/** A request as shapes see it. */
export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What is answered: a document that is sent as JSON, or a text as it is. */
export interface ServiceAnswer {
  readonly status: number;
  readonly document: unknown;
}

/** The keys behind a service. */
export interface KeyStore {
  readonly keys: ServedKey[];
  make(name: string | null, extra?: ServedKey['extra']): ServedKey;
  /** False when there is none. */
  remove(id: string): boolean;
  byId(id: string): ServedKey | undefined;
  /** As lists show them: without those that are too new while the service lags behind. */
  listed(): readonly ServedKey[];
  /** A new secret, as the provider forms them. */
  nextSecret(): string;
  /** True so many times more: new keys are not known everywhere, or an operation has not ended. */
  isPending(): boolean;
}

/** How one provider's API for keys looks, and what is needed to call it. */
export interface ServiceShape {
  readonly provider: Provider;
  readonly connect: CreateConnector;
  readonly parameters: Readonly<Record<string, string>>;
  readonly adminSecret: string;
  readonly firstSecret: string;
  /** Who a call that manages keys must say it is. */
  readonly admin: (headers: IncomingHttpHeaders) => boolean;
  /** What the first key has that its successors must have too. */
  readonly inherited?: ServedKey['extra'];
  /** True where an empty object is how the provider writes a list without entries. */
  readonly leavesOutEmpty?: true;
  secretOf(number: number): string;
  kindOf(request: ServiceRequest): CallKind;
  answer(request: ServiceRequest, store: KeyStore): ServiceAnswer;
}

/** What happens to the next request of a kind; each is used once. */
export interface ServiceFault {
  readonly kind: CallKind;
  /**
   * `status`: nothing happens and this status is answered. The others happen all the same, and then the connection is cut, something
   * is answered that is no JSON, or an empty object. `redirect`: nothing happens, and the caller is sent elsewhere.
   */
  readonly what: 'status' | 'silent' | 'garbage' | 'shapeless' | 'redirect';
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A running service. */
export interface KeyService {
  readonly baseUrl: string;
  readonly support: RotationSupport;
  readonly keys: readonly ServedKey[];
  /** Kinds of all requests, in order. */
  readonly calls: CallKind[];
  /** Addresses of all requests, and the bodies of those that make a key. */
  readonly addresses: string[];
  readonly bodies: string[];
  readonly faults: ServiceFault[];
  /** So many lists more do not show what was made since. */
  lag: number;
  /** So many calls more with a new key are refused. */
  refusals: number;
  /** So many questions more are answered with “not yet”. */
  pending: number;
  /** Calls that followed a redirect. */
  followed: number;
  /** Secrets that are taken now. */
  living(): readonly string[];
  close(): Promise<void>;
}

/** Starts one on a free port, with one key that a person made. */
export async function startKeyService(shape: ServiceShape): Promise<KeyService> {
  const { provider } = shape;
  const keys: ServedKey[] = [
    { id: 'first', name: 'made by hand', secret: shape.firstSecret, disabled: false, extra: shape.inherited ?? {} },
  ];
  let made = 0;
  const nextSecret = (): string => {
    made += 1;
    return shape.secretOf(made);
  };
  const store: KeyStore = {
    keys,
    nextSecret,
    make(name, extra = {}) {
      const key = { id: `key-${made + 1}`, name, secret: nextSecret(), disabled: false, extra };
      keys.push(key);
      return key;
    },
    remove(id) {
      const at = keys.findIndex((key) => key.id === id);
      if (at >= 0) keys.splice(at, 1);
      return at >= 0;
    },
    byId: (id) => keys.find((key) => key.id === id),
    listed() {
      if (service.lag <= 0) return keys;
      service.lag -= 1;
      return keys.filter(({ id }) => id === 'first');
    },
    isPending() {
      if (service.pending <= 0) return false;
      service.pending -= 1;
      return true;
    },
  };

  function answerUse({ headers }: ServiceRequest): ServiceAnswer {
    const { header, prefix } = provider.key;
    const sent = headers[header];
    const key = keys.find(({ secret, disabled }) => !disabled && sent === `${prefix}${secret}`);
    const isRefused = key !== undefined && key.secret !== shape.firstSecret && service.refusals > 0;
    if (isRefused) service.refusals -= 1;
    return key === undefined || isRefused ? refusal(401) : { status: 200, document: { id: 1, name: 'account' } };
  }

  function answerOf(request: ServiceRequest, kind: CallKind): ServiceAnswer {
    if (kind === 'unknown') return refusal(404);
    if (kind === 'use') return answerUse(request);
    if (kind !== 'token' && kind !== 'self' && !shape.admin(request.headers)) return refusal(401);
    return shape.answer(request, store);
  }

  function respond(request: ServiceRequest, response: ServerResponse): void {
    if (request.path === '/elsewhere') service.followed += 1;
    const kind = shape.kindOf(request);
    service.calls.push(kind);
    service.addresses.push(`${request.path}?${request.query}`);
    if (kind === 'create') service.bodies.push(request.body);
    const at = service.faults.findIndex((fault) => fault.kind === kind);
    const [fault] = at < 0 ? [] : service.faults.splice(at, 1);
    if (fault?.what === 'status') {
      send(response, echo(request, fault.status ?? 500), fault.headers);
      return;
    }
    if (fault?.what === 'redirect') {
      send(response, refusal(307), { location: '/elsewhere' });
      return;
    }
    const answer = answerOf(request, kind);
    if (fault?.what === 'silent') response.destroy();
    else if (fault?.what === 'garbage') send(response, { status: 200, document: `<p>${shape.secretOf(made)}` });
    else if (fault?.what === 'shapeless') send(response, { status: 200, document: {} });
    else send(response, answer);
  }

  /** What a careless provider puts into its message: all that it was sent, and its keys. */
  function echo({ headers, body }: ServiceRequest, status: number): ServiceAnswer {
    const said = [headers.authorization, headers[provider.key.header], body, ...keys.map(({ secret }) => secret)];
    const message = `It failed for ${said.map((text) => String(text).replaceAll('"', '')).join(' and ')}`;
    return { status, document: { error: { message }, message, err_msg: message } };
  }

  const server = createServer((request, response) => void collect(request).then((all) => respond(all, response)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const service: KeyService = {
    baseUrl: `${origin}${pathOf(provider.baseUrl ?? origin)}`,
    support: supportAt(origin, provider),
    ...{ keys, calls: [], addresses: [], bodies: [], faults: [], lag: 0, refusals: 0, pending: 0, followed: 0 },
    living: () => keys.flatMap(({ disabled, secret }) => (disabled ? [] : [secret])),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return service;
}

/** The refusal that every provider has in some form. */
export function refusal(status: number): ServiceAnswer {
  return { status, document: { error: { message: 'No.' } } };
}

/** The same data with its addresses at this server. */
function supportAt(origin: string, { rotation }: Provider): RotationSupport {
  if (rotation === undefined) throw new Error('The provider has no API for keys.');
  const { apiUrl, tokenUrl } = rotation;
  return {
    ...rotation,
    ...(apiUrl === undefined ? {} : { apiUrl: `${origin}${pathOf(apiUrl)}` }),
    ...(tokenUrl === undefined ? {} : { tokenUrl: `${origin}${pathOf(tokenUrl)}` }),
  };
}

function pathOf(address: string): string {
  return new URL(address).pathname.replace(/\/$/, '');
}

async function collect(request: IncomingMessage): Promise<ServiceRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://localhost');
  const { method = '', headers } = request;
  return { method, path: url.pathname, query: url.searchParams, headers, body: Buffer.concat(chunks).toString('utf8') };
}

function send(
  response: ServerResponse,
  { status, document }: ServiceAnswer,
  headers: Readonly<Record<string, string>> = {},
): void {
  const isText = typeof document === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/xml' : 'application/json', ...headers });
  response.end(isText ? document : JSON.stringify(document));
}
