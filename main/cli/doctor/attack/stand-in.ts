import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the stand-in got it. */
export interface SeenCall {
  readonly url: string;
  /** Names and values as sent, in one text. */
  readonly head: string;
  readonly body: string;
}

/** What the stand-in does with a call: answers it, sends the caller elsewhere, or says back what it got. */
export type Behaviour = 'answer' | 'redirect' | 'echo';

/** An upstream that pretends to be a provider, and a place it may send callers to that nobody should ever visit. */
export interface StandIn {
  /** Base URL, on the loopback address. */
  readonly origin: string;
  readonly seen: readonly SeenCall[];
  /** Calls that came to the other place. */
  readonly lured: readonly SeenCall[];
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

const answerBody = JSON.stringify({
  id: 'attack',
  object: 'chat.completion',
  model: 'attack',
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

/** Starts both on free ports of the loopback address. */
export async function startStandIn(): Promise<StandIn> {
  const seen: SeenCall[] = [];
  const lured: SeenCall[] = [];
  let behaviour: Behaviour = 'answer';
  const lure = http.createServer((request, response) => read(request, lured, () => reply(response, 200, answerBody)));
  const lureOrigin = await listen(lure);
  const server = http.createServer((request, response) =>
    read(request, seen, (call) => {
      if (behaviour === 'redirect') {
        response.writeHead(307, { location: `${lureOrigin}/taken` }).end();
      } else {
        reply(response, 200, behaviour === 'echo' ? JSON.stringify(call) : answerBody);
      }
    }),
  );
  const origin = await listen(server);
  return {
    origin,
    seen,
    lured,
    behave(next) {
      behaviour = next;
    },
    async close() {
      await Promise.all([close(server), close(lure)]);
    },
  };
}

function read(request: IncomingMessage, into: SeenCall[], then: (call: SeenCall) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('error', () => undefined);
  request.on('end', () => {
    const head = request.rawHeaders.join('\n');
    const call = { url: request.url ?? '', head, body: Buffer.concat(chunks).toString('utf8') };
    into.push(call);
    then(call);
  });
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

function listen(server: http.Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

function close(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
