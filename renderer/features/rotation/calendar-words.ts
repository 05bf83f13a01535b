import type { CalendarEntry } from './month-grid.ts';

/** What the marks of a calendar mean. */
export const kindWords: Readonly<Record<CalendarEntry['kind'], { readonly text: string; readonly legend: string }>> = {
  planned: { text: 'is changed by itself', legend: 'By itself' },
  person: { text: 'you are needed', legend: 'You are needed' },
  later: { text: 'expected, if all goes as planned', legend: 'Expected' },
  running: { text: 'changing now', legend: 'Changing now' },
  stopped: { text: 'stopped, you are needed', legend: 'Stopped' },
  done: { text: 'was changed', legend: 'Changed' },
  failed: { text: 'failed; the old key serves', legend: 'Failed' },
  'rolled-back': { text: 'was rolled back', legend: 'Rolled back' },
};
