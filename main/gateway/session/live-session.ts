import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Outcome } from '#shared/model/usage.ts';
import { KeyShield } from '../http/key-shield.ts';
import { writeResponseHead } from '../http/response-headers.ts';
import { readRetryAfter } from '../http/retry-after.ts';
import { readUpstreamFailure } from '../network/upstream-failure.ts';
import type { AttemptEnded } from '../pipeline/attempt-ended.ts';
import {
  type AttemptFailure,
  callerLeftStatus,
  type Ending,
  type Exchange,
  present,
  type Transfer,
} from '../pipeline/exchange.ts';
import type { Pools } from '../pools.ts';
import { type Closing, closingFor, closingLike, endingAfter, switchingProtocols } from './close-code.ts';
import { acceptCaller, type Opening, openUpstream, readOpening } from './handshake.ts';
import { type Message, pipeMessages } from './pipe-messages.ts';
import type { SessionGate, Verdict } from './session-gate.ts';
import type { SessionMeter } from './session-meter.ts';
import type { SessionProtocol } from './session-protocol.ts';

/** What a live session needs besides its exchange. */
export interface LiveSessionOptions {
  readonly pools: Pools;
  readonly clock: Clock;
  readonly refuse: (exchange: Exchange, error: TollkeeperError) => void;
  readonly attemptEnded: AttemptEnded;
  readonly protocol: SessionProtocol;
  readonly meter: SessionMeter;
  readonly gate: SessionGate;
  /** Told when the upstream has told usage. */
  readonly onUsage: () => void;
}

/** Milliseconds that a side has to close after it was asked to. */
const closeWithinMs = 1_000;
const handshakeHeaders = /^(?:sec-websocket-|upgrade$|connection$)/;

/**
 * One WebSocket through the gateway: first the upstream's handshake, so that whatever goes wrong is still an HTTP answer, then the
 * caller's, then messages both ways, each whole, no faster than the other side takes them. Whoever closes takes the other along.
 */
export class LiveSession implements Transfer {
  tap: Transfer['tap'] = null;
  onEnd: Transfer['onEnd'] = null;
  readonly #exchange: Exchange;
  readonly #options: LiveSessionOptions;
  readonly #opening: Opening;
  readonly #secret: Buffer;
  #upstream: WebSocket | null = null;
  #caller: WebSocket | null = null;
  #idle: NodeJS.Timeout | null = null;
  #linger: NodeJS.Timeout | null = null;
  #ending: Ending | null = null;
  #open = 0;
  #replaced = false;

  /** Throws `invalid_request` when the request is not the opening of a WebSocket. */
  constructor(exchange: Exchange, options: LiveSessionOptions) {
    this.#exchange = exchange;
    this.#options = options;
    this.#secret = present(exchange.upstream).secret;
    this.#opening = readOpening(exchange.method, exchange.request.rawHeaders);
  }

  /** Begins with the upstream. */
  start(): void {
    const { exchange, pools } = { exchange: this.#exchange, pools: this.#options.pools };
    const { path, headers } = present(exchange.outgoing);
    const { connect, firstByte } = pools.timeouts;
    const upstream = openUpstream({
      ...{ origin: present(exchange.upstream).origin, path, headers, protocols: this.#opening.protocols },
      ...{ dial: pools.dial, withinMs: Math.min(connect + firstByte, 2 * connect) },
    });
    this.#upstream = upstream;
    let answer: IncomingMessage | null = null;
    upstream.once('upgrade', (response) => {
      answer = response;
    });
    upstream.once('unexpected-response', (_request, response) => this.#passAnswer(response));
    upstream.once('open', () => this.#accept(upstream, rawHeadersOf(answer)));
    upstream.on('error', (error) => this.#upstreamFailed(error));
  }

  /** The caller left before it had an answer. */
  callerClosed(): void {
    if (this.#caller === null && !this.#replaced) {
      this.#upstream?.terminate();
      const { status } = this.#exchange.answer;
      this.#finish(
        this.#ending ??
          (this.#exchange.response.writableFinished
            ? endingOf(status)
            : { status: status || callerLeftStatus, outcome: 'client_aborted', errorCode: null }),
      );
    }
  }

  stop(ending: Ending): void {
    this.#ending ??= ending;
    if (this.#caller === null) {
      this.#upstream?.terminate();
      return;
    }
    this.#closeBoth(closingFor(new TollkeeperError('internal')));
  }

  /** Ends the session for a reason of ours, which both sides are told. A gateway that exits does not wait for what they say to it. */
  end(error: TollkeeperError, outcome: Outcome): void {
    if (this.#caller === null) {
      this.stop({ status: error.status, outcome, errorCode: error.code });
      return;
    }
    this.#ending ??= { status: switchingProtocols, outcome, errorCode: error.code };
    this.#tell(error);
    this.#closeBoth(closingFor(error));
    if (error.code === 'gateway_exited') {
      this.onEnd?.(this.#exchange, this.#ending);
    }
  }

  #accept(upstream: WebSocket, rawHeaders: readonly string[]): void {
    const exchange = this.#exchange;
    const { id, request, response, answer } = exchange;
    if (response.destroyed || response.headersSent) {
      upstream.terminate();
      return;
    }
    const { headers } = writeResponseHead(rawHeaders, id, present(exchange.upstream).secretText);
    this.#options.attemptEnded(exchange, { kind: 'answered', status: 200, retryAfterMs: null });
    answer.status = switchingProtocols;
    answer.started = true;
    answer.stream = true;
    answer.firstByteMs = Math.max(0, Math.round(this.#options.clock.monotonic() - exchange.started));
    const { socket, head } = request.takeOver();
    const caller = acceptCaller({
      ...{ opening: this.#opening, socket, head, protocol: upstream.protocol },
      headers: pairsWithout(headers, handshakeHeaders),
    });
    if (caller === null) {
      upstream.terminate();
      this.#finish({ status: callerLeftStatus, outcome: 'client_aborted', errorCode: null });
      return;
    }
    this.#caller = caller;
    this.#open = 2;
    this.#bridge(caller, upstream);
  }

  #bridge(caller: WebSocket, upstream: WebSocket): void {
    const { meter, gate, pools } = this.#options;
    this.#idle = setTimeout(
      () => this.end(new TollkeeperError('upstream_timeout'), 'upstream_error'),
      pools.timeouts.idle,
    );
    const alive = (): void => void this.#idle?.refresh();
    pipeMessages({
      ...{ from: caller, to: upstream, alive },
      pass: (message) => this.#fromCaller(message, gate.decide(message.bytes)),
    });
    pipeMessages({
      ...{ from: upstream, to: caller, alive },
      pass: (message) => {
        this.#exchange.answer.bytes += message.bytes.length;
        this.#exchange.answer.events += 1;
        if (meter.received(message.bytes)) {
          this.#options.onUsage();
          this.#act(gate.goOn());
        }
        return { ...message, bytes: shielded(message.bytes, this.#secret) };
      },
    });
    caller.on('error', () => undefined);
    caller.once('close', (code, reason) => this.#closed('caller', code, reason));
    upstream.once('close', (code, reason) => this.#closed('upstream', code, reason));
  }

  /** What a verdict means for a caller's message: it goes on, or it does not. */
  #fromCaller(message: Message, verdict: Verdict): Message | null {
    if (verdict.kind === 'pass') {
      this.#options.meter.sent(message.bytes);
      return message;
    }
    if (verdict.kind === 'refuse' && this.#tell(verdict.error)) {
      return null;
    }
    this.end(verdict.error, 'denied');
    return null;
  }

  #act(verdict: Verdict): void {
    if (verdict.kind !== 'pass') {
      this.end(verdict.error, 'denied');
    }
  }

  /** Tells the caller of an error in the session's own protocol; false where that has no way to. */
  #tell(error: TollkeeperError): boolean {
    const text = this.#options.protocol.writeError(error, this.#exchange.id);
    if (text !== null && this.#caller?.readyState === this.#caller?.OPEN) {
      this.#caller?.send(text, { binary: false });
    }
    return text !== null;
  }

  #closed(side: 'caller' | 'upstream', code: number, reason: Buffer): void {
    const other = side === 'caller' ? this.#upstream : this.#caller;
    this.#ending ??= endingAfter(side, code);
    const closing = closingLike(code, shielded(reason, this.#secret));
    if (side === 'upstream' && closing === null) {
      this.#tell(new TollkeeperError('upstream_unreachable', 'The provider broke off the session.'));
    }
    closeWith(other, closing ?? closingFor(new TollkeeperError('upstream_unreachable')));
    this.#lingerAWhile();
    this.#open -= 1;
    if (this.#open === 0) {
      this.#finish(this.#ending);
    }
  }

  #closeBoth(closing: Closing): void {
    closeWith(this.#caller, closing);
    closeWith(this.#upstream, { code: 1000, reason: '' });
    this.#lingerAWhile();
  }

  #lingerAWhile(): void {
    this.#linger ??= setTimeout(() => {
      this.#caller?.terminate();
      this.#upstream?.terminate();
    }, closeWithinMs);
  }

  /** An answer instead of a session goes to the caller as it is. */
  #passAnswer(response: IncomingMessage): void {
    const exchange = this.#exchange;
    const status = response.statusCode ?? 502;
    exchange.answer.status = status;
    const rawHeaders = rawHeadersOf(response);
    const limits = present(exchange.upstream).provider.limitHeaders ?? [];
    const retryAfterMs = readRetryAfter(rawHeaders, { now: this.#options.clock.now(), limits });
    this.#options.attemptEnded(exchange, { kind: 'answered', status, retryAfterMs });
    if (isWorthAnother(status) && this.#handOver({ status, errorCode: null })) {
      response.destroy();
      return;
    }
    const head = writeResponseHead(rawHeaders, exchange.id, present(exchange.upstream).secretText);
    const shield = new KeyShield(this.#secret);
    exchange.answer.started = true;
    exchange.response.writeHead(status, pairsWithout(head.headers, handshakeHeaders));
    response.on('data', (chunk: Buffer) => {
      const bytes = shield.push(chunk);
      if (bytes !== null) {
        exchange.response.write(bytes);
      }
    });
    response.on('error', () => exchange.response.destroy());
    response.on('end', () => {
      const rest = shield.flush();
      exchange.response.end(rest ?? undefined);
    });
  }

  #upstreamFailed(error: Error): void {
    const exchange = this.#exchange;
    if (this.#caller !== null || this.#ending !== null || this.#replaced || exchange.answer.status !== 0) {
      return;
    }
    const { refusal, sent } = readUpstreamFailure(asTimeout(error));
    exchange.sent &&= sent;
    this.#options.attemptEnded(exchange, { kind: 'unreachable' });
    if (refusal.retryable && this.#handOver({ status: 0, errorCode: refusal.code })) {
      return;
    }
    this.#ending = { status: refusal.status, outcome: 'upstream_error', errorCode: refusal.code };
    this.#options.refuse(exchange, refusal);
  }

  #handOver(failure: AttemptFailure): boolean {
    this.#replaced = true;
    if (this.#exchange.onFailure?.(this.#exchange, failure) === true) {
      this.#upstream?.terminate();
      return true;
    }
    this.#replaced = false;
    return false;
  }

  #finish(ending: Ending): void {
    for (const timer of [this.#idle, this.#linger]) {
      if (timer !== null) {
        clearTimeout(timer);
      }
    }
    this.onEnd?.(this.#exchange, ending);
  }
}

/** The same statuses as for a call over HTTP. */
function isWorthAnother(status: number): boolean {
  return status === 429 || status >= 500 || status === 401 || status === 403;
}

function endingOf(status: number): Ending {
  return { status, outcome: status >= 400 ? 'upstream_error' : 'ok', errorCode: null };
}

function closeWith(socket: WebSocket | null, { code, reason }: Closing): void {
  if (socket === null || socket.readyState === socket.CLOSED) {
    return;
  }
  if (code === null) {
    socket.close();
  } else {
    socket.close(code, reason);
  }
}

/** The same bytes, with the provider's key overwritten wherever it stands. */
function shielded(bytes: Buffer, secret: Buffer): Buffer {
  const shield = new KeyShield(secret);
  const first = shield.push(bytes) ?? Buffer.alloc(0);
  const rest = shield.flush();
  return rest === null ? first : Buffer.concat([first, rest]);
}

/** The library says that a handshake took too long in words alone. */
function asTimeout(error: Error): Error {
  return error.message === 'Opening handshake has timed out' ? new TollkeeperError('upstream_timeout') : error;
}

function rawHeadersOf(response: IncomingMessage | null): readonly string[] {
  return response?.rawHeaders ?? [];
}

function pairsWithout(headers: readonly string[], names: RegExp): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (!names.test((headers[index] ?? '').toLowerCase())) {
      kept.push(headers[index] ?? '', headers[index + 1] ?? '');
    }
  }
  return kept;
}
