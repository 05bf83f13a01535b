import { requestIdHeader } from '#shared/contract/http.ts';

/**
 * Headers of an upstream's answer that stay here: hop-by-hop ones, cookies, and those that would tell a browser what to do with
 * an origin that is not theirs.
 */
const withheld = new Set([
  'alt-svc',
  'clear-site-data',
  'connection',
  'keep-alive',
  'nel',
  'proxy-authenticate',
  'proxy-connection',
  'report-to',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The head to send to the caller. */
export interface ResponseHead {
  /** Name and value in turn. */
  readonly headers: string[];
  /** Lower-case media type with parameters; empty when the upstream sent none. */
  readonly contentType: string;
}

function isWithheldByPrefix(lowerName: string): boolean {
  return lowerName.startsWith('access-control-') || lowerName.startsWith('x-tollkeeper-');
}

/** Turns the upstream's raw header block into ours: withheld headers out, the request id in, the provider's key nowhere. */
export function writeResponseHead(raw: readonly Buffer[], requestId: string, secret: string): ResponseHead {
  const headers: string[] = [];
  let contentType = '';
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toString('latin1') ?? '';
    const lowerName = name.toLowerCase();
    if (withheld.has(lowerName) || isWithheldByPrefix(lowerName)) {
      continue;
    }
    const value = raw[index + 1]?.toString('latin1') ?? '';
    if (lowerName === 'content-type') {
      contentType = value.toLowerCase();
    }
    headers.push(name, secret.length >= 8 && value.includes(secret) ? value.replaceAll(secret, '***') : value);
  }
  headers.push(requestIdHeader, requestId);
  return { headers, contentType };
}
