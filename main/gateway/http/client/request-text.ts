import { TollkeeperError } from '#shared/model/error.ts';
import { isFieldName, isFieldValue } from '../wire/field-lines.ts';
import type { UpstreamRequest } from './upstream-call.ts';

const sendable = /^\/[!-~]*$/;
/** Methods whose meaning includes a body, so that its absence is said. RFC 9110 section 8.6. */
const withBody = new Set(['POST', 'PUT', 'PATCH']);

interface Written {
  readonly origin: URL;
  readonly method: string;
  readonly path: string;
  readonly text: string;
}

/** The text of headers that go out again and again. */
const written = new WeakMap<readonly string[], Written>();

/** The head of a request as it goes upstream, its empty line included. Framing and host are made here, whatever the headers say. */
export function requestHead(origin: URL, request: UpstreamRequest): string {
  const { method, body, bodyLength } = request;
  const text = recall(origin, request) ?? write(origin, request);
  if (body instanceof Uint8Array) {
    return `${text}content-length: ${body.length}\r\n\r\n`;
  }
  if (body === null) {
    return `${text}${withBody.has(method) ? 'content-length: 0\r\n' : ''}\r\n`;
  }
  return `${text}${bodyLength === null ? 'transfer-encoding: chunked' : `content-length: ${bodyLength}`}\r\n\r\n`;
}

function recall(origin: URL, { headers, method, path, isRepeated }: UpstreamRequest): string | null {
  const known = isRepeated === true ? written.get(headers) : undefined;
  return known?.origin === origin && known.method === method && known.path === path ? known.text : null;
}

/** All but the framing. */
function write(origin: URL, { headers, method, path, isRepeated }: UpstreamRequest): string {
  if (!sendable.test(path) || !isFieldName(method)) {
    throw unsendable();
  }
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${origin.host}\r\n`;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    if (!isFieldName(name) || !isFieldValue(value)) {
      throw unsendable();
    }
    text += `${name}: ${value}\r\n`;
  }
  if (isRepeated === true) {
    written.set(headers, { origin, method, path, text });
  }
  return text;
}

function unsendable(): TollkeeperError {
  return new TollkeeperError('invalid_request', 'A header or the path has characters that can’t be sent.');
}
