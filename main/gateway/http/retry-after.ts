/**
 * How long an answer asks to wait, in milliseconds: `retry-after-ms`, which OpenAI's and Azure's SDKs know, else `Retry-After` in
 * seconds or as a date (RFC 9110 section 10.2.3). Null when it asks for nothing or in a way that can't be read. `now` is
 * the wall clock, in milliseconds since the epoch; `raw` is name and value in turn.
 */
export function readRetryAfter(raw: readonly string[], now: number): number | null {
  let waitMs: number | null = null;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? '';
    if (name === 'retry-after-ms') {
      return readCount(valueAt(raw, index)) ?? waitMs;
    }
    if (name === 'retry-after') {
      waitMs = readWait(valueAt(raw, index), now);
    }
  }
  return waitMs;
}

function valueAt(raw: readonly string[], index: number): string {
  return raw[index + 1]?.trim() ?? '';
}

function readWait(text: string, now: number): number | null {
  const seconds = readCount(text);
  if (seconds !== null) {
    return seconds * 1_000;
  }
  const at = /^[A-Z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

function readCount(text: string): number | null {
  return /^\d{1,9}(?:\.\d{1,6})?$/.test(text) ? Number(text) : null;
}
