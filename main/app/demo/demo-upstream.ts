import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { TollkeeperError } from '#shared/model/error.ts';
import { answerTo, type DemoAnswer } from './demo-answer.ts';

/** The pretend provider: an HTTP server on loopback that speaks the formats of the large providers and wants its own key. */
export interface DemoUpstream {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Models it claims to have: names the price catalogue knows, so that the chart shows a cost. */
const models = ['gpt-5-mini', 'claude-opus-5-5', 'gemini-2.5-flash'] as const;

const maxBodyBytes = 1_000_000;

/** Starts it on a free port. `wordDelayMs` is the pause between two streamed words. */
export async function startDemoUpstream(options: {
  readonly key: string;
  readonly wordDelayMs: number;
}): Promise<DemoUpstream> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch(() => response.destroy());
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new TollkeeperError('internal'));
      resolve(address.port);
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly key: string; readonly wordDelayMs: number },
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://demo');
  if (!isKey(request, options.key))
    return sendJson(response, 401, { error: { message: 'The demo refuses every key but its own.' } });
  if (request.method === 'GET' && pathname.endsWith('/models')) return sendJson(response, 200, modelList(pathname));
  const body = await readBody(request);
  const asked =
    body === null
      ? null
      : answerTo(pathname, { model: modelOf(pathname, body), characters: JSON.stringify(body).length });
  if (asked === null) return sendJson(response, 404, { error: { message: 'The demo has no such endpoint.' } });
  const streams =
    body?.stream === true || pathname.endsWith(':streamGenerateContent') || searchParams.get('alt') === 'sse';
  return streams ? sendEvents(response, asked, options.wordDelayMs) : sendJson(response, 200, asked.whole);
}

function isKey(request: IncomingMessage, key: string): boolean {
  const { authorization, 'x-api-key': anthropicKey, 'x-goog-api-key': googleKey } = request.headers;
  const sent = Buffer.from(String(authorization?.replace(/^Bearer /, '') ?? anthropicKey ?? googleKey ?? ''));
  const expected = Buffer.from(key);
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}

/** The list of models in the form of the version that the path names; `/v1` serves two providers whose lists differ only in their entries. */
function modelList(pathname: string): unknown {
  if (pathname.startsWith('/v1beta/'))
    return { models: models.map((id) => ({ name: `models/${id}`, displayName: id })) };
  const data = models.map((id) => ({
    id,
    object: 'model',
    type: 'model',
    display_name: id,
    created: 0,
    owned_by: 'demo',
  }));
  return { object: 'list', data, has_more: false };
}

function modelOf(pathname: string, body: Readonly<Record<string, unknown>>): string {
  const named = /\/models\/([^/:]+):/.exec(pathname)?.[1];
  return named ?? (typeof body.model === 'string' ? body.model : models[0]);
}

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>> | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Buffer);
    length += bytes.length;
    if (length > maxBodyBytes) return null;
    chunks.push(bytes);
  }
  try {
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return parsed !== null && typeof parsed === 'object' ? (parsed as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

function sendJson(response: ServerResponse, status: number, document: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
}

async function sendEvents(response: ServerResponse, { events, end }: DemoAnswer, wordDelayMs: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  for (const [index, { event, data }] of events.entries()) {
    if (index > 0) await pause(wordDelayMs);
    if (response.destroyed) return;
    response.write(`${event === null ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`);
  }
  response.end(end);
}
