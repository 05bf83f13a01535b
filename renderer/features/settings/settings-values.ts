import { formatExactMoney, parseMoney } from '#renderer/components/format/money.ts';
import { settingsChangesSchema } from '#shared/model/settings.ts';

/** What typing led to: a value, or what is wrong with it. */
export type Typed<T> = { readonly value: T } | { readonly problem: string };

function whole(text: string, highest: number): number | null {
  const plain = text.trim();
  if (!/^\d{1,5}$/.test(plain) || Number(plain) > highest) return null;
  return Number(plain);
}

/** Reads a port; 0 picks a free one. */
export function parsePort(text: string): Typed<number> {
  const value = whole(text, 65_535);
  return value === null ? { problem: 'A number from 0 to 65535' } : { value };
}

/** Reads a number of days; empty or 0 keeps records for ever. */
export function parseDays(text: string): Typed<number> {
  if (text.trim() === '') return { value: 0 };
  const value = whole(text, 3_650);
  return value === null ? { problem: 'Days, at most 3650' } : { value };
}

/** Reads minutes that a rotation waits, from one to a week. */
export function parseDrainMinutes(text: string): Typed<number> {
  const value = whole(text, 10_080);
  return value === null || value === 0 ? { problem: 'Minutes from 1 to 10080' } : { value };
}

/** Reads an amount in dollars as micro-dollars; empty means none. */
export function parseBudget(text: string): Typed<number | null> {
  if (text.trim() === '') return { value: null };
  const value = parseMoney(text);
  return value === null ? { problem: 'An amount such as 10 or 2.50' } : { value };
}

/** Writes a budget as it is typed; nothing for none. */
export function formatBudget(microUsd: number | null): string {
  return microUsd === null ? '' : formatExactMoney(microUsd);
}

/** Reads names that are separated by commas, each once. */
export function parseNames(text: string): Typed<string[]> {
  return { value: [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== '') };
}

/** Reads a whole number of seconds from 1 on. */
export function parseSeconds(text: string, highest: number): Typed<number> {
  const value = whole(text, highest);
  return value === null || value === 0 ? { problem: `Seconds, from 1 to ${highest}` } : { value };
}

/** Reads how many minutes the machine may be left alone, from 1 to a day. */
export function parseIdleMinutes(text: string): Typed<number> {
  const value = whole(text, 1_440);
  return value === null || value === 0 ? { problem: 'Minutes, from 1 to 1440' } : { value };
}

/** Reads a proxy's address; one with a name or password is refused, since settings are shown. */
export function parseProxy(text: string): Typed<string> {
  const plain = text.trim();
  if (plain.includes('@')) return { problem: 'Without name and password' };
  const found = settingsChangesSchema.safeParse({ proxy: plain });
  if (!/^https?:\/\//.test(plain) || !found.success) return { problem: 'Such as http://proxy.example.com:8080' };
  return { value: plain };
}
