import { writePage } from './web-page.ts';

/** A user code as we make them: RFC 8628 section 6.1, twenty consonants. */
const userCodePattern = /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/;

/**
 * The verification page of RFC 8628 section 3.3. It changes nothing and approves nothing: the answer is given in
 * Tollkeeper's own prompt, and the page says so. Shows the code only when it has the form of one.
 */
export function devicePage(userCode: string | null): string {
  const code = userCode !== null && userCodePattern.test(userCode) ? `<strong>${userCode}</strong>` : '';
  return writePage('Answer in Tollkeeper', [
    '<p>A tool asks for access. Compare the code that it shows with the one in Tollkeeper\u2019s prompt; allow it only if they are the same.</p>',
    code,
    '<p class="note">Nothing can be allowed on this page. You can close it.</p>',
  ]);
}
