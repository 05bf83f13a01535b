import { formatMoney } from '#renderer/components/format/money.ts';
import { formatDuration } from '#renderer/components/format/time.ts';
import { auditEvents } from '#shared/model/audit.ts';

/** The sentence behind an event's name; a name from a later version stays as it is. */
export function describeEvent(event: string): string {
  return Object.hasOwn(auditEvents, event) ? auditEvents[event as keyof typeof auditEvents] : event;
}

function wordsOf(name: string): string {
  return name
    .replace(/(?:MicroUsd|Seconds|Ms)$/, '')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();
}

function factOf(name: string, value: unknown): string {
  if (typeof value === 'number' && name.endsWith('MicroUsd')) return formatMoney(value);
  if (typeof value === 'number' && name.endsWith('Seconds')) return formatDuration(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map((each) => factOf(name, each)).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** An entry's facts in one line: `tool Codex \u00b7 ttl 1 hour`. Facts without a value are left out. */
export function describeDetail(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${wordsOf(name)} ${factOf(name, value)}`)
    .join(' \u00b7 ');
}
