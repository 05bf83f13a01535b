import { AISDKError, APICallError, UnsupportedFunctionalityError } from '@ai-sdk/provider';
import { TollkeeperError } from '#shared/model/error.ts';
import type { ErrorShape } from '#shared/model/provider.ts';
import { errorNames } from '../dialect/write-error.ts';
import type { JsonRecord } from './members.ts';
import type { TranslationFailure } from './translation.ts';

const noAnswer = 'The provider’s answer could not be read.';
const badGateway = 502;

/** What an upstream said was wrong. */
interface Complaint {
  readonly message: string;
  readonly code: string | null;
}

const isRecord = (value: unknown): value is JsonRecord => typeof value === 'object' && value !== null;

/** The message and code in an upstream's error, whatever its protocol. */
export function complaintOf(value: unknown): Complaint {
  const found = Array.isArray(value) ? value[0] : value;
  if (typeof found === 'string' && found !== '') {
    return { message: found, code: null };
  }
  if (!isRecord(found)) {
    return { message: noAnswer, code: null };
  }
  if (isRecord(found.error) || typeof found.error === 'string') {
    return complaintOf(found.error);
  }
  const message = [found.message, found.detail, found.msg].find((text) => typeof text === 'string');
  const code = [found.code, found.status, found.type].find((text) => typeof text === 'string');
  return { message: typeof message === 'string' ? message : noAnswer, code: typeof code === 'string' ? code : null };
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return text === undefined || text.trimStart().startsWith('<') ? null : text.slice(0, 2_000);
  }
}

type WriteComplaint = (complaint: Complaint, status: number, requestId: string) => unknown;

const writers: Readonly<Record<ErrorShape, WriteComplaint>> = {
  openai: ({ message, code }, status) => ({
    error: { message, type: errorNames(status).openai, param: null, code },
  }),
  anthropic: ({ message }, status, requestId) => ({
    type: 'error',
    error: { type: errorNames(status).anthropic, message },
    request_id: requestId,
  }),
  gemini: ({ message }, status) => ({ error: { code: status, message, status: errorNames(status).gemini } }),
};

/**
 * The failure that an error of a provider package stands for, in the caller's shape and with the upstream's status. What the
 * target can't be asked at all is thrown as `invalid_request`; anything that is not the upstream's doing is thrown on.
 */
export function failureOf(
  error: unknown,
  options: { readonly shape: ErrorShape; readonly requestId: string },
): TranslationFailure {
  if (UnsupportedFunctionalityError.isInstance(error)) {
    throw new TollkeeperError('invalid_request', `This provider does not take it: ${error.functionality}.`, {
      cause: error,
    });
  }
  if (!AISDKError.isInstance(error)) {
    throw error;
  }
  const upstream = APICallError.isInstance(error) ? error : null;
  const refused = upstream?.statusCode !== undefined && upstream.statusCode >= 400;
  const status = refused ? (upstream.statusCode ?? badGateway) : badGateway;
  const complaint = refused ? complaintOf(parsed(upstream.responseBody)) : complaintOf(null);
  return {
    kind: 'failure',
    status,
    retryAfter: upstream?.responseHeaders?.['retry-after'] ?? null,
    body: JSON.stringify(writers[options.shape](complaint, status, options.requestId)),
  };
}

/** The failure that an upstream's own answer tells. */
export function failureFrom(
  response: Response,
  text: string,
  options: { readonly shape: ErrorShape; readonly requestId: string },
): TranslationFailure {
  const body = JSON.stringify(writers[options.shape](complaintOf(parsed(text)), response.status, options.requestId));
  return { kind: 'failure', status: response.status, retryAfter: response.headers.get('retry-after'), body };
}

/** The failure of a stream that told of an error before anything else; its status is what its code means. */
export function streamFailure(
  error: unknown,
  options: { readonly shape: ErrorShape; readonly requestId: string },
): TranslationFailure {
  if (AISDKError.isInstance(error)) {
    return failureOf(error, options);
  }
  const complaint = complaintOf(error);
  const status = statuses.find(([pattern]) => pattern.test(complaint.code ?? ''))?.[1] ?? badGateway;
  const body = JSON.stringify(writers[options.shape](complaint, status, options.requestId));
  return { kind: 'failure', status, retryAfter: null, body };
}

/** Statuses of errors that come inside a stream, by the words providers use for them. */
const statuses: readonly (readonly [RegExp, number])[] = [
  [/rate_limit|exhausted|quota/i, 429],
  [/overloaded|unavailable/i, 503],
  [/invalid/i, 400],
  [/authentication/i, 401],
  [/permission/i, 403],
  [/not_found/i, 404],
];
