import type { CodeRequest } from './code-requests.ts';
import { escapeHtml, writePage } from './web-page.ts';

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

/** The page for what can't go on, and can't be sent back to the tool either. */
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
