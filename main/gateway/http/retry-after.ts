import type { LimitHeaders } from '#shared/model/provider.ts';

/** What waiting depends on. */
export interface RetryAfterOptions {
  /** Wall clock, milliseconds since the epoch. */
  readonly now: number;
  /** The provider's own headers, which count where it sends no `Retry-After`. */
  readonly limits: readonly LimitHeaders[];
}

/**
 * How long an answer asks to wait, in milliseconds: `retry-after-ms`, which OpenAI's and Azure's SDKs know; else `Retry-After` in
 * seconds or as a date (RFC 9110 section 10.2.3); else until the last of the limits that were hit begins anew. Null when it asks
 * for nothing, or in a way that can't be read. `raw` is name and value in turn.
 */
export function readRetryAfter(raw: readonly string[], { now, limits }: RetryAfterOptions): number | null {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    headers.set(raw[index]?.toLowerCase() ?? '', raw[index + 1]?.trim() ?? '');
  }
  return (
    readCount(headers.get('retry-after-ms') ?? '') ??
    readWait(headers.get('retry-after') ?? '', now) ??
    readLimits(headers, { now, limits })
  );
}

function readWait(text: string, now: number): number | null {
  const seconds = readCount(text);
  return seconds === null ? (/^[A-Z]/.test(text) ? until(text, now) : null) : seconds * 1_000;
}

function readLimits(headers: ReadonlyMap<string, string>, { now, limits }: RetryAfterOptions): number | null {
  const waits = limits.flatMap(({ remaining, reset, form }) => {
    const text = headers.get(reset) ?? '';
    const wait = form === 'span' ? readSpan(text) : until(text, now);
    return headers.get(remaining) !== '0' || wait === null ? [] : [wait];
  });
  return waits.length === 0 ? null : Math.max(...waits);
}

function until(text: string, now: number): number | null {
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const span = /^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|[hms]))+$/;

function readSpan(text: string): number | null {
  if (!span.test(text)) {
    return null;
  }
  let total = 0;
  for (const [, count, unit] of text.matchAll(/([\d.]+)(ms|[hms])/g)) {
    total += Number(count) * (unitMs[unit ?? ''] ?? 0);
  }
  return total;
}

function readCount(text: string): number | null {
  return /^\d{1,9}(?:\.\d{1,6})?$/.test(text) ? Number(text) : null;
}
