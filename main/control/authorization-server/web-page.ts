import { createHash } from 'node:crypto';

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

/** A page of ours: a heading, and blocks that are HTML already. */
export function writePage(heading: string, blocks: readonly string[]): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escapeHtml(heading)}</title><style>${style}</style></head><body><main>`,
    `<h1>${escapeHtml(heading)}</h1>`,
    ...blocks,
    '</main></body></html>',
  ].join('');
}

/** Text as it may stand in a page. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
