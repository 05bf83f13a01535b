import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { protocol } from 'electron';

/** Where the windows' pages are served from. */
export const rendererOrigin = 'app://tollkeeper';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** The windows' content security policy: our own files, styles with this load's nonce, and no connection to anywhere. */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Must run before the app is ready. */
export function declareRendererScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

async function serve(folder: string, request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url);
  const file = normalize(join(folder, decodeURIComponent(pathname)));
  const type = contentTypes[extname(file)];
  if (host !== 'tollkeeper' || request.method !== 'GET' || !type || !file.startsWith(folder + sep))
    return new Response(null, { status: 404 });
  const bytes = await readFile(file).catch(() => null);
  if (!bytes) return new Response(null, { status: 404 });
  const headers = { 'content-type': type, 'x-content-type-options': 'nosniff' };
  if (!type.startsWith('text/html')) return new Response(new Uint8Array(bytes), { headers });
  const nonce = randomBytes(16).toString('base64');
  const page = bytes.toString('utf8').replaceAll('__CSP_NONCE__', nonce);
  return new Response(page, { headers: { ...headers, 'content-security-policy': contentSecurityPolicy(nonce) } });
}

/** Serves the built renderer from `folder` (absolute, no trailing separator) and nothing else. */
export function serveRenderer(folder: string): void {
  protocol.handle('app', (request) => serve(folder, request));
}
