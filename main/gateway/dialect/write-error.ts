import type { ErrorDocument } from '#shared/model/error.ts';
import { errorDefinitions } from '#shared/model/error.ts';
import type { ErrorShape } from '#shared/model/provider.ts';

/** An error made here, ready to be sent. */
export interface WrittenError {
  readonly contentType: string;
  readonly body: string;
}

interface Names {
  /** OpenAI's and Anthropic's `type`. */
  readonly openai: string;
  readonly anthropic: string;
  /** Google's canonical status name. */
  readonly gemini: string;
}

const serverNames: Names = { openai: 'server_error', anthropic: 'api_error', gemini: 'INTERNAL' };
const requestNames: Names = {
  openai: 'invalid_request_error',
  anthropic: 'invalid_request_error',
  gemini: 'INVALID_ARGUMENT',
};

/** What each protocol calls an error of this HTTP status; SDKs choose their error class by it or by the status. */
const namesByStatus: Readonly<Record<number, Names>> = {
  400: requestNames,
  401: { openai: 'authentication_error', anthropic: 'authentication_error', gemini: 'UNAUTHENTICATED' },
  402: { openai: 'insufficient_quota', anthropic: 'billing_error', gemini: 'RESOURCE_EXHAUSTED' },
  403: { openai: 'permission_error', anthropic: 'permission_error', gemini: 'PERMISSION_DENIED' },
  404: { openai: 'invalid_request_error', anthropic: 'not_found_error', gemini: 'NOT_FOUND' },
  405: { openai: 'invalid_request_error', anthropic: 'invalid_request_error', gemini: 'UNIMPLEMENTED' },
  409: { openai: 'conflict_error', anthropic: 'invalid_request_error', gemini: 'ABORTED' },
  413: { openai: 'invalid_request_error', anthropic: 'request_too_large', gemini: 'OUT_OF_RANGE' },
  421: requestNames,
  429: { openai: 'rate_limit_error', anthropic: 'rate_limit_error', gemini: 'RESOURCE_EXHAUSTED' },
  500: serverNames,
  502: { ...serverNames, gemini: 'UNAVAILABLE' },
  503: { ...serverNames, anthropic: 'overloaded_error', gemini: 'UNAVAILABLE' },
  504: { openai: 'server_error', anthropic: 'timeout_error', gemini: 'DEADLINE_EXCEEDED' },
};

type Write = (error: ErrorDocument, status: number, requestId: string) => unknown;

/** What each protocol calls an error of this HTTP status. */
export function errorNames(status: number): Names {
  return namesByStatus[status] ?? (status >= 500 ? serverNames : requestNames);
}

const writers: Readonly<Record<ErrorShape, Write>> = {
  openai: (error, status) => ({
    error: { message: error.message, type: errorNames(status).openai, param: null, code: error.code },
  }),
  anthropic: (error, status, requestId) => ({
    type: 'error',
    error: { type: errorNames(status).anthropic, message: error.message, code: error.code },
    request_id: requestId,
  }),
  gemini: (error, status, requestId) => ({
    error: {
      code: status,
      message: error.message,
      status: errorNames(status).gemini,
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: error.code.toUpperCase(),
          domain: 'tollkeeper',
          metadata: { code: error.code, requestId },
        },
      ],
    },
  }),
};

/**
 * Writes an error made here in the shape of the protocol that was called, so that the caller's SDK understands it. Our stable code is
 * in `error.code` for OpenAI and Anthropic, and in `error.details[0].metadata.code` for Gemini, whose `code` is the HTTP status.
 * `details` of the document stay out: they are for our own programs.
 */
export function writeError(
  shape: ErrorShape,
  error: ErrorDocument,
  options: { readonly requestId: string; readonly status?: number },
): WrittenError {
  const status = options.status ?? errorDefinitions[error.code].status;
  return {
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(writers[shape](error, status, options.requestId)),
  };
}
