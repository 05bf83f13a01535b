const units = [
  { seconds: 86_400, letter: 'd' },
  { seconds: 3_600, letter: 'h' },
  { seconds: 60, letter: 'm' },
  { seconds: 1, letter: 's' },
] as const;

/** A span of whole seconds in its one or two largest units, such as `1h 30m`. */
export function formatDuration(totalSeconds: number): string {
  let rest = Math.max(0, Math.round(totalSeconds));
  if (rest === 0) return '0s';
  const parts: string[] = [];
  for (const { seconds, letter } of units) {
    const count = Math.floor(rest / seconds);
    if (count > 0) parts.push(`${count}${letter}`);
    else if (parts.length > 0) break;
    rest -= count * seconds;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

/** An ISO time relative to `now` (milliseconds), such as `5m ago` or `in 58s`; `never` for null. */
export function formatRelative(iso: string | null, now: number): string {
  if (iso === null) return 'never';
  const seconds = Math.round((Date.parse(iso) - now) / 1_000);
  if (Math.abs(seconds) < 1) return 'now';
  const largest = formatDuration(Math.abs(seconds)).split(' ')[0] ?? '';
  return seconds < 0 ? `${largest} ago` : `in ${largest}`;
}

/** Micro-dollars for people: two decimals, or as many as a small amount needs, such as `$2.50` and `$0.0042`; a dash for null. */
export function formatMoney(microUsd: number | null): string {
  if (microUsd === null) return '\u2013';
  const sign = microUsd < 0 ? '-' : '';
  const amount = Math.abs(microUsd);
  const fraction = (amount % 1_000_000).toString().padStart(6, '0');
  const whole = Math.floor(amount / 1_000_000).toLocaleString('en-US');
  if (amount === 0 || amount >= 1_000_000) return `${sign}$${roundedCents(amount)}`;
  return `${sign}$${whole}.${fraction.replace(/0{1,4}$/, '')}`;
}

/** A count with thousands separators; a dash for null, which stands for no limit or unknown. */
export function formatCount(count: number | null): string {
  return count === null ? '\u2013' : count.toLocaleString('en-US');
}

/** Milliseconds as `840 ms` or `12.3 s`; a dash for null. */
export function formatMilliseconds(milliseconds: number | null): string {
  if (milliseconds === null) return '\u2013';
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

/** An ISO time as the user's clock shows it, `2026-11-22 01:02:03`. */
export function formatTime(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => value.toString().padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function roundedCents(microUsd: number): string {
  const cents = Math.round(microUsd / 10_000);
  return `${Math.floor(cents / 100).toLocaleString('en-US')}.${(cents % 100).toString().padStart(2, '0')}`;
}

/** A price in dollars with all of its digits, such as `$1.25` and `$0.0028`, from integer micro-dollars. */
export function formatPrice(microUsd: number): string {
  const [whole = '0', fraction = ''] = (microUsd / 1_000_000).toFixed(6).split('.');
  return `$${Number(whole).toLocaleString('en-US')}.${fraction.replace(/0{1,4}$/, '')}`;
}
