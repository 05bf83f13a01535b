import { requestIdHeader } from '#shared/contract/http.ts';
import { detached, longestKnownName } from './wire/field-lines.ts';

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

type Use = 'pass' | 'type' | 'withhold';

/** What is done with a header of this spelling, found once; upstreams use few. */
const uses = new Map<string, Use>();
const mostUses = 512;

function treatmentOf(name: string): Use {
  const known = uses.get(name);
  if (known !== undefined) {
    return known;
  }
  const lowerName = name.toLowerCase();
  const ours = lowerName.startsWith('access-control-') || lowerName.startsWith('x-tollkeeper-');
  const use = ours || withheld.has(lowerName) ? 'withhold' : lowerName === 'content-type' ? 'type' : 'pass';
  if (uses.size < mostUses && name.length <= longestKnownName) {
    uses.set(detached(name), use);
  }
  return use;
}

/** Turns the upstream's raw headers into ours: withheld headers out, the request id in, the provider's key nowhere. */
export function writeResponseHead(raw: readonly string[], requestId: string, secret: string): ResponseHead {
  const headers: string[] = [];
  let contentType = '';
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const use = treatmentOf(name);
    if (use === 'withhold') {
      continue;
    }
    const value = raw[index + 1] ?? '';
    if (use === 'type') {
      contentType = value.toLowerCase();
    }
    headers.push(name, secret.length >= 8 && value.includes(secret) ? value.replaceAll(secret, '***') : value);
  }
  headers.push(requestIdHeader, requestId);
  return { headers, contentType };
}
