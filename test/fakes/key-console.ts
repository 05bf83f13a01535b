import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A key of the console, and what its owner may do with it. */
export interface ConsoleKey {
  readonly id: string;
  readonly secret: string;
  readonly account: string | null;
  status: 'active' | 'inactive' | 'archived';
}

/** A provider whose keys a person makes on a page: it takes calls with living keys, and its Admin API ends keys but makes none. */
export interface KeyConsole {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly keys: ConsoleKey[];
  /** Method, path and body of every call, oldest first. */
  readonly calls: string[];
  /** Status that every call of the Admin API is answered with; null for as it should be. */
  adminRefusal: number | null;
  /** As a person does on the page. */
  make(secret: string, account?: string | null): ConsoleKey;
  /** As a person does on the page. */
  remove(secret: string): void;
  close(): Promise<void>;
}

/** The admin key of every console. */
export const consoleAdminKey = 'sk-ant-admin01-canary-of-the-console-0123456789';

/** Starts one on a free port. It shows the account in the header `anthropic-organization-id`, and takes keys as Bearer or `x-api-key`. */
export async function startKeyConsole(): Promise<KeyConsole> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const pages: KeyConsole = {
    ...{ baseUrl: `http://127.0.0.1:${port}`, keys: [], calls: [], adminRefusal: null },
    make(secret, account = null) {
      const key: ConsoleKey = { id: `apikey_${pages.keys.length + 1}`, secret, account, status: 'active' };
      pages.keys.push(key);
      return key;
    },
    remove(secret) {
      const key = pages.keys.find((one) => one.secret === secret);
      if (key !== undefined) key.status = 'archived';
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { pathname } = new URL(request.url ?? '/', pages.baseUrl);
    pages.calls.push(`${request.method} ${pathname}${body === '' ? '' : ` ${body}`}`);
    const given = String(request.headers['x-api-key'] ?? request.headers.authorization?.replace('Bearer ', '') ?? '');
    const send = (status: number, content: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(content));
    };
    if (pathname.startsWith('/v1/organizations/api_keys')) {
      if (given !== consoleAdminKey) return send(401, { error: { message: 'invalid x-api-key' } });
      if (pages.adminRefusal !== null) return send(pages.adminRefusal, { error: { message: 'Not allowed.' } });
      return answerAdmin(pathname, body, send);
    }
    const key = pages.keys.find(({ secret, status }) => secret === given && status === 'active');
    if (key === undefined) return send(401, { error: { message: 'invalid x-api-key' } });
    const headers = key.account === null ? undefined : { 'anthropic-organization-id': key.account };
    send(200, { data: [{ id: 'model-1' }] }, headers);
  }

  function answerAdmin(pathname: string, body: string, send: (status: number, content: unknown) => void): void {
    const id = pathname.split('/')[4];
    const key = pages.keys.find((one) => one.id === id);
    if (id === undefined) send(200, { data: pages.keys.map(shown), has_more: false, last_id: null });
    if (id !== undefined && key === undefined) send(404, { error: { message: 'Not found.' } });
    if (key === undefined) return;
    key.status = (JSON.parse(body) as Pick<ConsoleKey, 'status'>).status;
    send(200, shown(key));
  }

  return pages;
}

function shown({ id, secret, status }: ConsoleKey) {
  const hint = `${secret.slice(0, 16)}...${secret.slice(-4)}`;
  return {
    ...{ id, name: 'A key', type: 'api_key', status },
    created_at: '2026-01-02T03:04:05Z',
    partial_key_hint: hint,
  };
}
