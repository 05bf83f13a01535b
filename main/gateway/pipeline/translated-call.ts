import type { Clock } from '#shared/model/clock.ts';
import type { AnswerHandler, UpstreamCall, UpstreamClient } from '../http/client/upstream-call.ts';
import { translatedDialect } from '../state/unified-routes.ts';
import type { Translated, TranslationCall, UpstreamRequest } from '../translate/translation.ts';
import { type Exchange, present, type Transfer } from './exchange.ts';

/** Takes a translated answer as if it were an upstream's: it knows what to do with heads, bytes, failures and callers that leave. */
export interface AnswerTaker extends AnswerHandler, Pick<Transfer, 'tap'> {
  attach(call: UpstreamCall): void;
  /** The answer that has begun tells of an error and ends with it: it is complete for the caller, and a failure for the record. */
  brokenOff(): void;
}

/** What a translated call needs besides the exchange. */
export interface TranslatedCallOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly client: UpstreamClient;
  readonly taker: AnswerTaker;
}

const badRequestStatus = 400;
const okStatus = 200;
/** Statuses whose answers have no body, and a Response of them none either. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Makes one call in the upstream's protocol of one in the caller's. The meter reads the upstream's own bytes; the taker gets
 * the answer as translated. The translation and the packages it needs are loaded with the first such call.
 */
export function startTranslatedCall(exchange: Exchange, options: TranslatedCallOptions): void {
  const { taker } = options;
  const { tap } = taker;
  taker.tap = null;
  const controller = new AbortController();
  const gate = new Gate();
  taker.attach({
    abort() {
      controller.abort();
      gate.open();
    },
    resume: () => gate.open(),
  });
  translateExchange(exchange, options, { tap, signal: controller.signal })
    .then((answer) => deliver(exchange, answer, { taker, gate }))
    .catch((error: unknown) => {
      controller.abort();
      taker.onError(error instanceof Error ? error : new Error('The translation failed.', { cause: error }), true);
    });
}

async function translateExchange(
  exchange: Exchange,
  { client, clock, newId, taker }: TranslatedCallOptions,
  { tap, signal }: Pick<AnswerReaderOptions, 'tap' | 'signal'>,
): Promise<Translated> {
  const { translate } = await import('../translate/translate.ts');
  const { body, id, candidate, endpoint, outgoing } = exchange;
  const unified = present(exchange.unified).endpoint;
  const call: TranslationCall = {
    caller: unified.dialect,
    capability: unified.capability,
    suffix: unified.suffix,
    query: present(exchange.target).query,
    body: body.kind === 'whole' ? body.bytes : Buffer.alloc(0),
    target: {
      dialect: present(translatedDialect(present(endpoint))),
      path: present(outgoing).path,
      model: present(present(candidate).model),
    },
    send: (request) =>
      new Promise((resolve, reject) => send(exchange, request, { client, tap, signal, resolve, reject })),
    ...{ signal, requestId: id, newId, now: () => clock.now(), onBroken: () => taker.brokenOff() },
  };
  signal.throwIfAborted();
  return translate(call);
}

/** Hands a translated answer to the caller, no faster than it is taken. */
async function deliver(
  exchange: Exchange,
  answer: Translated,
  { taker, gate }: { readonly taker: AnswerTaker; readonly gate: Gate },
): Promise<void> {
  if (answer.kind === 'failure') {
    const wait = answer.retryAfter === null ? [] : ['retry-after', answer.retryAfter];
    const length = String(Buffer.byteLength(answer.body));
    const head = ['content-type', 'application/json', 'content-length', length, ...wait];
    taker.onHeaders(Math.max(badRequestStatus, answer.status), head);
    taker.onData(Buffer.from(answer.body));
    taker.onComplete();
    return;
  }
  exchange.dropped = answer.dropped;
  taker.onHeaders(okStatus, ['content-type', answer.contentType, 'cache-control', 'no-store']);
  for await (const text of answer.body) {
    gate.close();
    if (!taker.onData(Buffer.from(text))) {
      await gate.passed;
    }
  }
  taker.onComplete();
}

/** What the meter hears of the upstream's own answer. */

interface AnswerReaderOptions {
  readonly tap: Transfer['tap'];
  readonly signal: AbortSignal;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: unknown) => void;
}

interface Sending extends AnswerReaderOptions {
  readonly client: UpstreamClient;
}

function send(exchange: Exchange, request: UpstreamRequest, sending: Sending): void {
  const { headers } = present(exchange.outgoing);
  const { connectMs, firstByteMs, idleMs } = present(exchange.candidate).timeouts;
  exchange.sent = true;
  const reader = new AnswerReader(exchange, sending);
  const call = sending.client.call(
    {
      method: 'POST',
      path: request.path,
      headers: [...headers, ...Object.entries(request.headers).flat()],
      body: Buffer.from(request.body),
      bodyLength: null,
      ...{ connectMs, firstByteMs, idleMs },
    },
    reader,
  );
  reader.attach(call);
}

/** Turns the events of a call into a Response, and lets the meter see every byte of it. */
class AnswerReader implements AnswerHandler {
  readonly #exchange: Exchange;
  readonly #options: AnswerReaderOptions;
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  #call: UpstreamCall | null = null;
  #ended = false;

  constructor(exchange: Exchange, options: AnswerReaderOptions) {
    this.#exchange = exchange;
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#stop(), { once: true });
  }

  attach(call: UpstreamCall): void {
    this.#call = call;
    if (this.#options.signal.aborted) {
      this.#stop();
    }
  }

  onHeaders(status: number, rawHeaders: readonly string[]): void {
    const headers = new Headers();
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
    }
    this.#exchange.answer.status = status;
    this.#options.tap?.onHead((headers.get('content-type') ?? '').toLowerCase());
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        this.#stream = stream;
      },
      pull: () => this.#call?.resume(),
      cancel: () => this.#stop(),
    });
    this.#options.resolve(new Response(bodiless.has(status) ? null : body, { status, headers }));
  }

  onData(chunk: Buffer): boolean {
    this.#options.tap?.onChunk(chunk);
    if (this.#ended) {
      return false;
    }
    this.#stream?.enqueue(Buffer.from(chunk));
    return (this.#stream?.desiredSize ?? 1) > 0;
  }

  onComplete(): void {
    this.#ended = true;
    this.#stream?.close();
  }

  onError(error: Error, sent: boolean): void {
    this.#ended = true;
    this.#exchange.sent &&= sent;
    this.#options.reject(error);
    this.#stream?.error(error);
  }

  #stop(): void {
    if (!this.#ended) {
      this.#ended = true;
      const { reject, signal } = this.#options;
      this.#call?.abort();
      reject(signal.reason);
      this.#stream?.error(signal.reason);
    }
  }
}

/** Lets one waiter through at a time. */
class Gate {
  passed: Promise<void> = Promise.resolve();
  #pass: (() => void) | null = null;

  close(): void {
    this.passed = new Promise((resolve) => {
      this.#pass = resolve;
    });
  }

  open(): void {
    this.#pass?.();
    this.#pass = null;
  }
}
