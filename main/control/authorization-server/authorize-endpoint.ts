import type { IncomingMessage, ServerResponse } from 'node:http';
import { authorizationServerPaths } from '#shared/contract/http.ts';
import type { AccessDemand } from '#shared/model/access.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import type { AuthorizationServerOptions } from './authorization-server-options.ts';
import { deadEndPage, waitingPage } from './authorize-page.ts';
import { type AuthorizingClient, type ReturnAddress, readAuthorizeRequest } from './authorize-request.ts';
import type { CodeRequest, CodeRequestDraft, CodeRequests } from './code-requests.ts';
import { createRateWindow } from './rate-window.ts';
import { pageHeaders } from './web-page.ts';

/** What the endpoint needs of its server. */
export type AuthorizeEndpointOptions = Pick<AuthorizationServerOptions, 'access' | 'issuer' | 'clock' | 'log'> & {
  readonly requests: CodeRequests;
  /** Null for a client that nobody registered. */
  readonly findClient: (clientId: string) => Promise<AuthorizingClient | null>;
  /** Milliseconds for which the waiting page is held while nothing is decided. */
  readonly holdMs: number;
};

/** The two addresses of the code flow that a browser opens. */
export interface AuthorizeEndpoint {
  /** RFC 6749 section 3.1: takes the request and shows the page that waits. */
  ask(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Waits for the answer, and sends the browser back with it. Changes nothing. */
  wait(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** Requests of one client that wait at a time: a person who starts over must not be shut out by what was left open. */
const mostOpenPerClient = 3;
const mostPerMinute = 10;

/**
 * Makes the endpoint. Opening it asks a person, and that is all it does: whatever page led the browser here, access is only
 * ever given in the prompt, to the redirect URI that was registered, for the key of whoever holds the PKCE verifier. A page that
 * opens it again and again needs an id that only a registered client knows, and then finds its request waiting already, at
 * most three of one client, and ten a minute of all.
 */
export function createAuthorizeEndpoint(options: AuthorizeEndpointOptions): AuthorizeEndpoint {
  const { issuer, requests } = options;
  const window = createRateWindow(options.clock, mostPerMinute);
  let turn: Promise<void> = Promise.resolve();

  async function open(draft: CodeRequestDraft, demand: AccessDemand, response: ServerResponse): Promise<void> {
    const equal = requests.findEqual(draft);
    if (equal !== null) return showWaiting(equal, response);
    if (requests.countOpen(draft.clientId) >= mostOpenPerClient || !window.take())
      return sendBack(draft, { error: 'temporarily_unavailable', error_description: tooMany }, response);
    try {
      const pending = await options.access.request({ demand, channel: 'browser', process: null, userCode: null });
      showWaiting(requests.open(draft, pending), response);
    } catch (error) {
      const { code, message } = toErrorDocument(error);
      options.log('authorize-request-failed', { code });
      const refusal = code === 'tool_silenced' ? 'access_denied' : 'temporarily_unavailable';
      sendBack(draft, { error: refusal, error_description: message }, response);
    }
  }

  function sendBack(
    { redirectUri, state }: ReturnAddress,
    answer: Readonly<Record<string, string>>,
    response: ServerResponse,
  ): void {
    const location = new URL(redirectUri);
    const fields = { ...answer, ...(state === null ? {} : { state }), iss: issuer };
    for (const [name, value] of Object.entries(fields)) location.searchParams.append(name, value);
    response.writeHead(303, { ...pageHeaders, location: location.href });
    response.end();
  }

  /** Where a request stands, as the client hears it; null while it waits. RFC 6749 sections 4.1.2 and 4.1.2.1. */
  function answerOf(request: CodeRequest): Readonly<Record<string, string>> | null {
    switch (request.decision?.outcome) {
      case 'granted':
        return { code: request.code };
      case 'denied':
        return { error: 'access_denied', error_description: 'The request was denied.' };
      case 'expired':
        return { error: 'access_denied', error_description: 'Nobody answered in time, which means no.' };
      case undefined:
        if (requests.isOpen(request.requestId) || options.access.isWaiting(request.requestId)) return null;
        return { error: 'temporarily_unavailable', error_description: 'Tollkeeper restarted. Ask again.' };
    }
  }

  return {
    async ask(request, response) {
      if (isPrefetch(request)) return showDeadEnd('A page that is only fetched ahead asks for nothing.', response);
      const params = paramsOf(request);
      const client = await options.findClient(params.get('client_id') ?? '');
      const reading = readAuthorizeRequest(params, { issuer, client });
      if (reading.kind === 'dead-end') return showDeadEnd(reading.reason, response);
      if (reading.kind === 'fault') {
        const { error, description } = reading.fault;
        return sendBack(reading.back, { error, error_description: description }, response);
      }
      const { draft, demand } = reading;
      const opened = turn.then(() => open(draft, demand, response));
      turn = opened.catch(() => undefined);
      await opened;
    },
    async wait(request, response) {
      const ticket = paramsOf(request).get('ticket') ?? '';
      await Promise.race([requests.settled(ticket), held(options.holdMs, response)]);
      const found = requests.find(ticket);
      if (found === null) return showDeadEnd('This sign-in is over.', response);
      const answer = answerOf(found);
      if (answer === null) showWaiting(found, response);
      else sendBack(found, answer, response);
    },
  };
}

const tooMany = 'Too many of these requests wait or came in the last minute.';

function showWaiting(request: CodeRequest, response: ServerResponse): void {
  const next = `${authorizationServerPaths.authorizeWait}?ticket=${request.ticket}`;
  response.writeHead(200, { ...pageHeaders, refresh: `1; url=${next}` });
  response.end(waitingPage(request));
}

function showDeadEnd(reason: string, response: ServerResponse): void {
  response.writeHead(400, pageHeaders);
  response.end(deadEndPage(reason));
}

/** Browsers fetch ahead what they think is opened next; nobody meant to ask by that. */
function isPrefetch({ headers }: IncomingMessage): boolean {
  return String(headers['sec-purpose'] ?? headers.purpose ?? '').includes('prefetch');
}

function paramsOf(request: IncomingMessage): URLSearchParams {
  return new URL(request.url ?? '/', 'http://gateway').searchParams;
}

/** Resolves after the time, or when nobody listens any more. */
function held(milliseconds: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    timer.unref();
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
