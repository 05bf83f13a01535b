import type { BudgetPeriod, LimitRule, LimitSubject } from '../model/limit.ts';

const microUsdPerUsd = 1_000_000;
const microUsdPerCent = 10_000;

const periodPhrases: Readonly<Record<BudgetPeriod, string>> = {
  request: 'for each request',
  day: 'a day',
  month: 'a month',
  once: 'in all',
};

/** Micro-dollars as a person writes them: cents, or four decimals for less than a cent. */
export function dollars(microUsd: number): string {
  const digits = microUsd !== 0 && Math.abs(microUsd) < microUsdPerCent ? 4 : 2;
  return `$${(microUsd / microUsdPerUsd).toFixed(digits)}`;
}

/** Whose limit it is, such as `the tool “codex”`. */
export function describeSubject(subject: LimitSubject): string {
  switch (subject.kind) {
    case 'tool':
      return `the tool \u201C${subject.tool}\u201D`;
    case 'credential':
      return `the key ${subject.credentialId}`;
    default:
      return 'everything';
  }
}

/** What it allows, such as `$5.00 a day` or `60 requests a minute`. */
export function describeRule(rule: LimitRule): string {
  switch (rule.kind) {
    case 'budget':
      return `${dollars(rule.amountMicroUsd)} ${periodPhrases[rule.period]}`;
    case 'requests-per-minute':
      return `${rule.amount} requests a minute`;
    case 'tokens-per-minute':
      return `${rule.amount} tokens a minute`;
    default:
      return `${rule.amount} streams at once`;
  }
}

/** A moment (milliseconds since the epoch) as the clock on the wall shows it, `2026-11-23 00:00`. */
export function localMinute(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
