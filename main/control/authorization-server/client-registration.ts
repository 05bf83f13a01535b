import { errors } from 'oidc-provider';
import { codeGrantType, deviceCodeGrantType } from './public-client.ts';

/** Members of RFC 7591 section 2 that the library does not know by itself; kept as they came. */
export const extraClientMembers = ['software_id', 'software_version'] as const;

const mostRedirectUris = 16;
const longestText = 2_000;
const loopbackNames = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Client metadata while it is checked; what is changed here is what is kept and answered. */
export type DraftMetadata = Record<string, unknown>;

/**
 * Checks and completes what a client registers, beyond what the library checks. `sent` is the request's own document; null when
 * a kept client is only read back. A client that names no grant gets the code flow when it has redirect URIs, as RFC 7591
 * section 2 has it, else the device grant. Its `scope` is dropped: what it may ask for is decided at each request. Throws
 * `invalid_redirect_uri` or `invalid_client_metadata`.
 */
export function checkRegistration(metadata: DraftMetadata, sent: Readonly<Record<string, unknown>> | null): void {
  delete metadata.scope;
  if (sent === null) return;
  checkTexts(metadata);
  const redirectUris = metadata.redirect_uris ?? [];
  checkRedirectUris(redirectUris);
  if (sent.grant_types === undefined && sent.response_types === undefined) {
    const usesCode = Array.isArray(redirectUris) && redirectUris.length > 0;
    metadata.grant_types = [usesCode ? codeGrantType : deviceCodeGrantType];
    metadata.response_types = usesCode ? ['code'] : [];
  } else if (sent.response_types === undefined) {
    const usesCode = Array.isArray(sent.grant_types) && sent.grant_types.includes(codeGrantType);
    metadata.response_types = usesCode ? ['code'] : [];
  }
}

function checkTexts(metadata: DraftMetadata): void {
  for (const member of ['client_name', ...extraClientMembers]) {
    const value = metadata[member];
    if (value !== undefined && (typeof value !== 'string' || value.length > longestText))
      throw new errors.InvalidClientMetadata(`${member} is a text of at most ${longestText} characters`);
  }
}

/** RFC 8252 sections 7 and 8: loopback, https or a scheme of the client's own; nothing that a browser would run or open itself. */
function checkRedirectUris(uris: unknown): void {
  if (!Array.isArray(uris)) throw invalidRedirect('redirect_uris is a list');
  if (uris.length > mostRedirectUris) throw invalidRedirect(`at most ${mostRedirectUris} redirect_uris`);
  for (const uri of uris) {
    if (typeof uri !== 'string' || uri.length > longestText || !URL.canParse(uri))
      throw invalidRedirect('each of redirect_uris is an absolute address');
    const { protocol, hostname, username, password } = new URL(uri);
    const isLoopback = loopbackNames.has(hostname);
    const isOwnScheme = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/.test(protocol) || safeSchemes.has(protocol);
    const isFit = protocol === 'http:' ? isLoopback : protocol === 'https:' ? !isLoopback : isOwnScheme;
    if (!isFit || username !== '' || password !== '' || uri.includes('#'))
      throw invalidRedirect('redirect_uris are http at a loopback address, https elsewhere, or a scheme of the app');
  }
}

/** Schemes without a full stop that known editors use for their own windows; any other needs one, RFC 8252 section 7.1. */
const safeSchemes = new Set(['cursor:', 'vscode:', 'vscode-insiders:', 'vscodium:', 'windsurf:', 'zed:']);

function invalidRedirect(description: string): Error {
  return new errors.CustomOIDCProviderError('invalid_redirect_uri', description);
}
