import type { z } from 'zod';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';

/** Milliseconds a provider has to answer a call that changes keys. */
const callDeadlineMs = 30_000;

/** Bytes of an answer that are read; lists of keys are a fraction of it. */
const maxAnswerBytes = 4 * 1024 * 1024;

/** One call to a provider's API for keys. */
export interface ProviderCall {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as `application/x-www-form-urlencoded` in place of `body`. */
  readonly form?: string;
  /** What is called, for messages: `OpenAI`. */
  readonly name: string;
  /** True when an answer of 404 means that what was to be removed is gone; `undefined` is returned then. */
  readonly goneIsFine?: boolean;
  /** True for a POST that changes nothing, such as one that lists. */
  readonly harmless?: boolean;
  /** Finds in a refusal that the provider only asks to wait, where it does not say so by its status. */
  readonly isBusy?: (status: number, text: string) => boolean;
}

/**
 * Makes the call and returns the parsed answer; `undefined` for an empty one. Redirects are not followed, since the key would travel
 * with them. Rejects with the three codes of {@link RotationConnector}: a write of which nobody knows whether it happened
 * is `provider_outcome_unknown`, a read that failed is `provider_busy`. No message holds a key or the answer's text beyond the
 * provider's own error message.
 */
export async function callProvider(call: ProviderCall): Promise<unknown> {
  const text = await callForText(call);
  return text === undefined ? undefined : parse(call, text);
}

/** The same, and the answer is checked: one of another shape is as good as none, so it counts as if it had not come. */
export async function readFromProvider<T>(call: ProviderCall, schema: z.ZodType<T>): Promise<T> {
  const answer = schema.safeParse(await callProvider(call));
  if (answer.success) return answer.data;
  throw unclear(call, `${call.name} answered something that can’t be read.`);
}

/** The same for answers that are no JSON; `undefined` only for what is gone. */
export async function callForText(call: ProviderCall): Promise<string | undefined> {
  const { status, headers, text } = await send(call);
  if (status >= 200 && status < 300) return text;
  if (status === 404 && call.goneIsFine === true) return undefined;
  if (status === 429 || status === 503 || call.isBusy?.(status, text) === true)
    throw new TollkeeperError('provider_busy', `${call.name} asked to wait (HTTP ${status}).`, {
      details: { retryAfterMs: retryAfterMs(headers, call.clock) },
    });
  if (status >= 500 || status === 408) throw unclear(call, `${call.name} failed (HTTP ${status}).`);
  throw new TollkeeperError('provider_refused', `${call.name} refused (HTTP ${status})${reasonIn(text)}.`);
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function send(call: ProviderCall): Promise<Answer> {
  const { fetch, method, url, headers, name } = call;
  const content = contentOf(call);
  try {
    const response = await fetch(url, {
      method,
      headers: { accept: 'application/json', ...content?.headers, ...headers },
      ...(content === null ? {} : { body: content.text }),
      redirect: 'error',
      signal: AbortSignal.timeout(callDeadlineMs),
    });
    const text = await response.text();
    if (text.length > maxAnswerBytes) throw unclear(call, `${name} answered with too much.`);
    return { status: response.status, headers: response.headers, text };
  } catch (cause) {
    if (cause instanceof TollkeeperError) throw cause;
    throw unclear(call, `${name} did not answer.`, cause);
  }
}

function contentOf({ body, form }: ProviderCall): { readonly headers: HeadersInit; readonly text: string } | null {
  if (form !== undefined) return { headers: { 'content-type': formType }, text: form };
  return body === undefined ? null : { headers: { 'content-type': 'application/json' }, text: JSON.stringify(body) };
}

/** Media type of a form. */
export const formType = 'application/x-www-form-urlencoded; charset=utf-8';

/** A read changes nothing, so it is safe to say that nothing happened. */
function unclear({ method, harmless }: ProviderCall, message: string, cause?: unknown): TollkeeperError {
  const code = method === 'GET' || harmless === true ? 'provider_busy' : 'provider_outcome_unknown';
  return new TollkeeperError(code, message, { cause });
}

function parse(call: ProviderCall, text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw unclear(call, `${call.name} answered something that is no JSON.`);
  }
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function retryAfterMs(headers: Headers, clock: Clock): number | null {
  const value = headers.get('retry-after');
  if (value === null) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - clock.now());
}

/** The message of an error body in one of the usual shapes, cut and without anything that looks like a key. */
function reasonIn(text: string): string {
  const inJson = /"(?:message|err_msg|error_description)"\s*:\s*"((?:[^"\\]|\\.){1,4000})"/.exec(text)?.[1];
  const found = inJson ?? /<Message>([^<]{1,4000})<\/Message>/.exec(text)?.[1];
  if (found === undefined) return '';
  const clean = found
    .replace(/[A-Za-z0-9_*+/=.~%-]{20,}/g, '…')
    .replace(/\\./g, ' ')
    .slice(0, 300);
  return `: ${clean.replace(/[.\s]+$/, '')}`;
}
