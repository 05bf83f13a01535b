import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the upstream saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the upstream does with a request whose body it has read. */
export type Answer = (request: SeenRequest, response: ServerResponse) => void;

/** A programmable upstream on a free loopback port. */
export interface TestUpstream {
  readonly origin: string;
  readonly seen: SeenRequest[];
  /** Sets what it answers from now on. */
  answer(answer: Answer): void;
  /** Takes requests raw, before their body is read; null goes back to `answer`. */
  raw(handler: ((request: IncomingMessage, response: ServerResponse) => void) | null): void;
  readonly server: Server;
  close(): Promise<void>;
}

/** An OpenAI chat completion with usage, as small as it gets. */
export const chatCompletion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 },
};

/** Starts an upstream that answers every request with {@link chatCompletion}. */
export async function startUpstream(): Promise<TestUpstream> {
  const seen: SeenRequest[] = [];
  let current: Answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chatCompletion));
  };
  let rawHandler: ((request: IncomingMessage, response: ServerResponse) => void) | null = null;
  const server = http.createServer((request, response) => {
    if (rawHandler !== null) {
      rawHandler(request, response);
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const record = { method, url, headers, body: Buffer.concat(chunks) };
      seen.push(record);
      current(record, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    server,
    answer(answer) {
      current = answer;
    },
    raw(handler) {
      rawHandler = handler;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
