import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A provider of live sessions on a free loopback port. */
export interface FakeSessionUpstream {
  readonly origin: string;
  /** The openings it saw, in order. */
  readonly seen: IncomingMessage[];
  /** What it was sent, over all sessions. */
  readonly received: { readonly text: string; readonly binary: boolean }[];
  /** What it does with a session from its first moment. */
  serve(play: (socket: WebSocket, request: IncomingMessage) => void): void;
  /** What it answers instead of a session; null goes back to sessions. */
  refuse(answer: ((request: IncomingMessage, response: ServerResponse) => void) | null): void;
  close(): Promise<void>;
}

/** Starts one that says nothing by itself. */
export async function startFakeSessionUpstream(): Promise<FakeSessionUpstream> {
  const seen: IncomingMessage[] = [];
  const received: { text: string; binary: boolean }[] = [];
  let play: (socket: WebSocket, request: IncomingMessage) => void = () => undefined;
  let refusal: ((request: IncomingMessage, response: ServerResponse) => void) | null = null;
  const sessions = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  const server = http.createServer((_request, response) => void response.writeHead(404).end());
  server.on('upgrade', (request, socket, head) => {
    seen.push(request);
    if (refusal !== null) {
      const response = new http.ServerResponse(request);
      response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
      response.once('finish', () => socket.end());
      refusal(request, response);
      return;
    }
    sessions.handleUpgrade(request, socket, head, (session) => {
      session.on('error', () => undefined);
      session.on('message', (data, binary) => void received.push({ text: String(data), binary }));
      play(session, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    received,
    serve(next) {
      play = next;
    },
    refuse(answer) {
      refusal = answer;
    },
    async close() {
      for (const session of sessions.clients) session.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
