import { authorizationServerPaths } from '#shared/contract/http.ts';
import type { RequestHeaders } from '../http/request-headers.ts';
import { parseRequestTarget } from '../http/request-target.ts';
import type { Exchange } from './exchange.ts';

const otherSites = new Set(['cross-site', 'same-site']);

/**
 * True for the one thing that a page of another site may do here: send its user's browser, in its own window, to the page where
 * a sign-in begins (RFC 6749 section 3.1). A link in a web-based editor leads there, so it has to work; a refused one would only
 * teach people to paste addresses.
 *
 * Why it opens nothing else. It is a GET without a body to exactly that path, and a browser says itself, in headers that no
 * page can set, that a person's window is to show the answer: mode `navigate` and destination `document`, so no fetch, image,
 * frame, worker or form. The page that led here can't read the answer, and no header lets it. What it can cause is that a
 * person is asked: only with the id of a registered client, at most so often a minute, and answered in Tollkeeper's own prompt.
 * Host is checked before this, so a rebound name gets no further than anywhere else; an Origin, which such a GET never has, is
 * refused; and a header that comes twice is none of these.
 */
export function isSignInNavigation(exchange: Exchange, headers: RequestHeaders): boolean {
  if (exchange.method !== 'GET' || headers.origin !== null) return false;
  if (exchange.contentLength !== null || headers.chunked || headers.upgrade !== null) return false;
  const { rawHeaders, url } = exchange.request;
  const isFromASite = otherSites.has(onlyValue(rawHeaders, 'sec-fetch-site') ?? '');
  const isWindow =
    onlyValue(rawHeaders, 'sec-fetch-mode') === 'navigate' && onlyValue(rawHeaders, 'sec-fetch-dest') === 'document';
  return isFromASite && isWindow && parseRequestTarget(url).path === authorizationServerPaths.authorize;
}

/** The header’s value; null when it is missing or comes twice. */
function onlyValue(rawHeaders: readonly string[], wanted: string): string | null {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === wanted);
  return values.length === 1 ? (values[0] ?? null) : null;
}
