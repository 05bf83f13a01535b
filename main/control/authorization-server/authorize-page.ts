import { createHash } from 'node:crypto';
import type { CodeRequest } from './code-requests.ts';

const style =
  'body{font:16px/1.5 system-ui,sans-serif;margin:12vh auto;max-width:34rem;padding:0 1.5rem;color:#1c1c1e;background:#fff}' +
  'h1{font-size:1.5rem}strong{display:block;font:600 2rem ui-monospace,monospace;letter-spacing:.1em;margin:1.5rem 0}' +
  'code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}ul{padding-left:1.2rem}p.note{color:#6e6e73}' +
  '@media(prefers-color-scheme:dark){body{color:#f2f2f7;background:#1c1c1e}p.note{color:#98989d}}';

/** Headers of every page here: nothing runs, loads or frames it, no window that opened it holds it, and no address of it is passed on. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** A page of ours: a heading and paragraphs that are HTML already. */
export function writePage(heading: string, blocks: readonly string[]): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escapeHtml(heading)}</title><style>${style}</style></head><body><main>`,
    `<h1>${escapeHtml(heading)}</h1>`,
    ...blocks,
    '</main></body></html>',
  ].join('');
}

/**
 * The page that waits: who asks, for what, where the answer goes, and the code that the prompt must show too. Nothing on it can
 * be pressed; the answer is given in Tollkeeper.
 */
export function waitingPage(request: CodeRequest): string {
  const scopes = request.scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`).join('');
  return writePage('Answer in Tollkeeper', [
    `<p>A tool that calls itself \u201c${escapeHtml(request.tool)}\u201d asks for access:</p><ul>${scopes}</ul>`,
    '<p>Compare this code with the one in Tollkeeper\u2019s prompt. Allow it only if they are the same, and if you started this.</p>',
    `<strong>${escapeHtml(request.userCode)}</strong>`,
    `<p class="note">Then you go back to <code>${escapeHtml(placeOf(request.redirectUri))}</code>. Nothing can be allowed on this page.</p>`,
  ]);
}

/** The page for what can\u2019t go on, and can\u2019t be sent back to the tool either. */
export function deadEndPage(reason: string): string {
  return writePage('This sign-in can\u2019t go on', [
    `<p>${escapeHtml(reason)}</p>`,
    '<p class="note">Nothing was allowed. You can close this page and start again from the tool.</p>',
  ]);
}

/** Where an address leads, without what it carries: origin for the web, scheme for an app. */
function placeOf(address: string): string {
  const { origin, protocol } = new URL(address);
  return origin === 'null' ? protocol : origin;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
