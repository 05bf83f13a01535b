import type { IncomingMessage, ServerResponse } from 'node:http';

/** Largest form these endpoints read, in bytes. */
const maxFormBytes = 64 * 1024;

/** An OAuth error answer, RFC 6749 section 5.2. */
export interface OauthFault {
  readonly status: 400 | 401 | 413;
  readonly error: string;
  readonly description: string;
  /** Value of `WWW-Authenticate`, for a 401. */
  readonly challenge?: string;
}

/** Either the form's fields, or why it can't be read. */
export type FormReading =
  | { readonly fields: ReadonlyMap<string, string>; readonly fault: null }
  | { readonly fields: null; readonly fault: OauthFault };

/** Answers JSON that nobody may keep. RFC 6749 section 5.1. */
export function sendJson(response: ServerResponse, status: number, body: Readonly<Record<string, unknown>>): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

/** Answers an OAuth error. */
export function sendFault(response: ServerResponse, fault: OauthFault): void {
  if (fault.challenge !== undefined) response.setHeader('www-authenticate', fault.challenge);
  sendJson(response, fault.status, { error: fault.error, error_description: fault.description });
}

/** Reads a form body; a field that comes twice is an error. RFC 6749 section 3.2. */
export async function readForm(request: IncomingMessage): Promise<FormReading> {
  const mediaType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/x-www-form-urlencoded')
    return unreadable(400, 'The body must be application/x-www-form-urlencoded.');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxFormBytes) return unreadable(413, 'The body is too large.');
    chunks.push(bytes);
  }
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(Buffer.concat(chunks).toString('utf8'))) {
    if (fields.has(name)) return unreadable(400, 'A parameter comes twice.');
    fields.set(name, value);
  }
  return { fields, fault: null };
}

function unreadable(status: OauthFault['status'], description: string): FormReading {
  return { fields: null, fault: { status, error: 'invalid_request', description } };
}
