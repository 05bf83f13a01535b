import { createHash } from 'node:crypto';

/** A user code as we make them: RFC 8628 section 6.1, twenty consonants. */
const userCodePattern = /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/;

const style =
  'body{font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:30rem;padding:0 1.5rem;color:#1c1c1e;background:#fff}' +
  'strong{display:block;font:600 2rem ui-monospace,monospace;letter-spacing:.1em;margin:1.5rem 0}' +
  '@media(prefers-color-scheme:dark){body{color:#f2f2f7;background:#1c1c1e}}';

/** Headers of the page: nothing runs, loads or frames it, and no address of it is passed on. */
export const devicePageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * The verification page of RFC 8628 section 3.3. It changes nothing and approves nothing: the answer is given in
 * Tollkeeper's own prompt, and the page says so. Shows the code only when it has the form of one.
 */
export function devicePage(userCode: string | null): string {
  const code = userCode !== null && userCodePattern.test(userCode) ? `<strong>${userCode}</strong>` : '';
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Answer in Tollkeeper</title><style>${style}</style></head><body><main>`,
    '<h1>Answer in Tollkeeper’s prompt</h1>',
    '<p>A tool asks for access. Compare the code that it shows with the one in the prompt; allow it only if they are the same.</p>',
    code,
    '<p>Nothing can be allowed on this page. You can close it.</p>',
    '</main></body></html>',
  ].join('');
}
