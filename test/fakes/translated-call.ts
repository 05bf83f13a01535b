import { translate } from '#main/gateway/translate/translate.ts';
import type { Translated, TranslationCall } from '#main/gateway/translate/translation.ts';
import type { DialectId } from '#shared/model/provider.ts';

/** A translated call as a test sees it. */
export interface Tried {
  readonly sent: { readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body: Sent }[];
  readonly answer: Translated;
  /** The whole answer's text; a failure's body. */
  readonly text: string;
}

/** A body that went to the upstream. */
export type Sent = Record<string, unknown>;

const paths: Readonly<Record<string, string>> = {
  'openai-chat': '/chat/completions',
  'openai-responses': '/responses',
  anthropic: '/v1/messages',
  gemini: '/v1beta/models/some-model:generateContent',
};

/** Translates one call to an upstream that answers with what `answer` gives. */
export async function tryCall(options: {
  readonly caller: DialectId;
  readonly target: DialectId;
  readonly body: unknown;
  readonly answer: Response | (() => Promise<Response>);
  readonly model?: string;
  readonly suffix?: string;
  readonly query?: string;
  readonly path?: string;
  readonly capability?: TranslationCall['capability'];
}): Promise<Tried> {
  const sent: Tried['sent'] = [];
  let ids = 0;
  const answer = await translate({
    caller: options.caller,
    capability: options.capability ?? 'chat',
    suffix: options.suffix ?? '',
    query: options.query ?? '',
    body: Buffer.from(JSON.stringify(options.body)),
    target: {
      dialect: options.target,
      path: options.path ?? paths[options.target] ?? '',
      model: options.model ?? 'some-model',
    },
    async send(request) {
      sent.push({ path: request.path, headers: request.headers, body: JSON.parse(request.body) });
      return typeof options.answer === 'function' ? options.answer() : options.answer;
    },
    requestId: 'req_1',
    signal: new AbortController().signal,
    now: () => 1_700_000_000_000,
    onBroken: () => undefined,
    newId: () => {
      ids += 1;
      return `id${ids}`;
    },
  });
  let text = answer.kind === 'failure' ? answer.body : '';
  if (answer.kind === 'answer') {
    for await (const piece of answer.body) text += piece;
  }
  return { sent, answer, text };
}

/** An upstream's JSON answer. */
export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } });
}

/** An upstream's event stream. */
export function events(...values: readonly unknown[]): Response {
  const text = values.map((value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`).join('');
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
}

/** The JSON of every event of a stream. */
export function eventsOf(text: string): Record<string, unknown>[] {
  return [...text.matchAll(/^data: (\{.*)$/gm)].map((match) => JSON.parse(match[1] ?? ''));
}
