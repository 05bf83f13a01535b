import { TollkeeperError } from '#shared/model/error.ts';

/** A request's target, parsed once: decision and dispatch both use this, so they can't differ. */
export interface RequestTarget {
  /** The path as sent, plain ASCII without tricks. */
  readonly path: string;
  /** What follows `?`, without it; empty when there is none. */
  readonly query: string;
  /** First path segment: the provider's id, or another thing the gateway serves. */
  readonly head: string;
  /** The path after the first segment: empty, or starting with a slash. */
  readonly rest: string;
}

/** Longest target taken, in characters. */
export const maxTargetLength = 8 * 1024;

const plain = /^\/[!-~]*$/;
const trick = /\\|\/\/|\.\.|#|\/\.(?:\/|$)/;

/**
 * Parses the request target in origin form (RFC 9112 section 3.2.1). Refuses what two parsers may read differently: an absolute
 * target, `..`, `//`, a backslash, and any percent-encoding that hides a slash, a dot segment, a percent sign, or a byte that is
 * not printable ASCII.
 */
export function parseRequestTarget(target: string): RequestTarget {
  if (target.length > maxTargetLength) {
    throw new TollkeeperError('request_too_large', `The URL is longer than ${maxTargetLength} characters.`);
  }
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark + 1);
  if (!plain.test(path) || trick.test(path) || /[^!-~]/.test(query) || (path.includes('%') && !decodesPlainly(path))) {
    throw new TollkeeperError('invalid_request', 'The path has characters that the gateway does not pass on.');
  }
  const slash = path.indexOf('/', 1);
  return {
    path,
    query,
    head: slash === -1 ? path.slice(1) : path.slice(1, slash),
    rest: slash === -1 ? '' : path.slice(slash),
  };
}

function decodesPlainly(path: string): boolean {
  return path.split('/').every((segment) => {
    if (!segment.includes('%')) {
      return true;
    }
    const decoded = decode(segment);
    return decoded !== null && /^[ -~]+$/.test(decoded) && !/[/\\%?#]|\.\./.test(decoded) && decoded !== '.';
  });
}

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

/** The query's parts, one per `&`, each with its decoded name; a name that can't be decoded is kept as it is. */
export function queryParts(query: string): readonly { readonly name: string; readonly text: string }[] {
  if (query === '') {
    return [];
  }
  return query.split('&').map((text) => {
    const name = text.split('=', 1)[0] ?? '';
    return { name: decode(name.replaceAll('+', ' ')) ?? name, text };
  });
}

/** Name of the query parameter that some SDKs put their key in. */
export const keyParameter = 'key';

/** Parameters that carry a caller's credential, or headers with one, to some upstream. */
const credentialParameters: ReadonlySet<string> = new Set([
  keyParameter,
  '$key',
  'access_token',
  'oauth_token',
  'api_key',
  'api-key',
  'subscription-key',
  '$httpheaders',
  '$httpmethod',
]);

/** The query without parameters that carry a credential, and without `token` under any name; starts with `?` unless empty. */
export function queryWithoutCredentials(query: string, token: string): string {
  if (query === '') {
    return '';
  }
  const kept = queryParts(query).filter(
    (part) => !credentialParameters.has(part.name.trim().toLowerCase()) && !part.text.includes(token),
  );
  return kept.length === 0 ? '' : `?${kept.map((part) => part.text).join('&')}`;
}

/** The token in `?key=`, or null. */
export function tokenInQuery(query: string): string | null {
  const part = queryParts(query).find((candidate) => candidate.name.trim().toLowerCase() === keyParameter);
  if (part === undefined) {
    return null;
  }
  return decode(part.text.slice(part.text.indexOf('=') + 1)) ?? '';
}

/** A path fit for the ledger: long opaque segments, which may be a secret put in the wrong place, are left out. */
export function pathForLedger(path: string): string {
  return path
    .replace(/[^!-~]/g, '?')
    .split('/')
    .map((segment) => (/[A-Za-z0-9_-]{32,}/.test(segment) ? '…' : segment))
    .join('/')
    .slice(0, 200);
}
