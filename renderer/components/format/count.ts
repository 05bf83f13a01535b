const whole = new Intl.NumberFormat('en-US');

/** A whole number with thousands separators. */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** A token count short enough for a column: `310`, `7,410`, `41.3 K`, `28.1 M`, `1.2 B`. */
export function formatTokens(tokens: number): string {
  if (tokens < 10_000) return whole.format(tokens);
  if (tokens < 999_950) return `${(tokens / 1e3).toFixed(1)} K`;
  if (tokens < 999_950_000) return `${(tokens / 1e6).toFixed(1)} M`;
  return `${(tokens / 1e9).toFixed(1)} B`;
}

/** `1 request`, `2 requests`. */
export function formatPlural(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** A share of a whole in per cent without decimals; `0%` of nothing. */
export function formatShare(part: number, whole: number): string {
  return whole === 0 ? '0%' : `${Math.round((part / whole) * 100)}%`;
}
