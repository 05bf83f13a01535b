const exact = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const tiny = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  minimumFractionDigits: 2,
  maximumFractionDigits: 6,
});

/** Micro-dollars as dollars with two decimals; an amount above nothing but under a cent is `<$0.01`. */
export function formatMoney(microUsd: number): string {
  if (microUsd > 0 && microUsd < 5_000) return '<$0.01';
  return exact.format(microUsd / 1e6);
}

/** The exact amount, down to the micro-dollar, for hovering. */
export function formatExactMoney(microUsd: number): string {
  return tiny.format(microUsd / 1e6);
}

/** Reads what a person typed, such as `2`, `$2.50` or `1,000`, as micro-dollars; null when it is no positive amount. */
export function parseMoney(text: string): number | null {
  const plain = text
    .trim()
    .replace(/^\$\s*/, '')
    .replaceAll(',', '');
  if (!/^\d{1,9}(?:\.\d{0,6})?$/.test(plain)) return null;
  const microUsd = Math.round(Number(plain) * 1e6);
  return microUsd > 0 ? microUsd : null;
}
