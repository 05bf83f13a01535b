import { isIP } from 'node:net';
import { TollkeeperError } from '#shared/model/error.ts';

/** True for hosts that are this machine and no other: `localhost`, 127.0.0.0/8 and `::1`. Takes a URL's `hostname`. */
export function isLoopbackHost(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true;
  return isIP(hostname) === 4 && hostname.startsWith('127.');
}

/**
 * The address of an upstream as it is kept: https, or http on a loopback host, without credentials, query, fragment or
 * trailing slash. A key is only ever sent there. Throws `base_url_refused`.
 */
export function normalizeBaseUrl(text: string): string {
  const trimmed = text.trim();
  if (!URL.canParse(trimmed) || /[?#@]/.test(trimmed)) throw new TollkeeperError('base_url_refused');
  const url = new URL(trimmed);
  const isProtected = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (!isProtected) throw new TollkeeperError('base_url_refused');
  return url.href.replace(/\/+$/, '');
}
