import type { PillTone } from '#renderer/components/pill.tsx';
import type { Rotation, RotationOverview, RotationStep } from '#shared/model/rotation.ts';
import { describeRotation } from '#shared/policy/describe-rotation.ts';
import { describeSchedule } from '#shared/policy/describe-schedule.ts';
import { personTask } from '#shared/policy/guided-rotation.ts';
import { cronWords } from './cron-words.ts';

/** A state at a glance. */
export interface StateWords {
  readonly tone: PillTone;
  readonly text: string;
}

/** How a change stands, in one or two words. */
export function stateOf({
  state,
  direction,
  waitingFor,
}: Pick<Rotation, 'state' | 'direction' | 'waitingFor'>): StateWords {
  switch (state) {
    case 'running':
      if (direction === 'back') return { tone: 'neutral', text: 'going back' };
      return waitingFor === null ? { tone: 'teal', text: 'changing now' } : { tone: 'neutral', text: 'waiting' };
    case 'stopped':
      return { tone: 'amber', text: 'needs you' };
    case 'done':
      return { tone: 'teal', text: 'done' };
    case 'failed':
      return { tone: 'red', text: 'failed' };
    case 'rolled-back':
      return { tone: 'neutral', text: 'rolled back' };
  }
}

/** How one attempt ended; empty when it went well. */
export function outcomeWords({ outcome }: Pick<RotationStep, 'outcome'>): string {
  switch (outcome) {
    case 'begun':
      return 'under way';
    case 'again':
      return 'tried again';
    case 'failed':
      return 'failed';
    case 'done':
      return '';
  }
}

/** All that is true now and what to do, a sentence or two each; what does not apply is left out. */
export function factsOf(rotation: Rotation): readonly (readonly [name: string, text: string])[] {
  const { state, serving, living } = describeRotation(rotation);
  const advice = adviceFor(rotation);
  return [
    ['Now', standing(state)],
    ['Keys', living === '' ? serving : `${serving} ${living}`],
    ...(advice === '' ? [] : [['To do', advice] as const]),
  ];
}

/** `Now: try the new key.` without what the line says already. */
function standing(state: string): string {
  const text = state.replace(/^Now: /, '');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What the person can do in this window; empty when there is nothing to do. */
export function adviceFor(rotation: Rotation): string {
  const { state, problem } = rotation;
  switch (personTask(rotation)) {
    case 'give-new-key':
      return 'Make the new key at the provider and paste it here.';
    case 'end-old-key':
      return 'Delete the old key at the provider; it is then checked that it is dead.';
    case null:
  }
  if (problem?.code === 'new_key_lost') return 'Make a new key at the provider and add it on the Keys page.';
  if (state === 'failed') return 'Nothing. Calls go on with the old key; rotate again once the cause is gone.';
  if (state !== 'stopped') return '';
  switch (problem?.code) {
    case 'old_key_in_use':
      return 'Find what else uses the old key, then go on. To end that key anyway breaks whatever uses it.';
    case 'old_key_unknown':
      return 'Delete the old key in the provider\u2019s console, then go on.';
    default:
      return 'Go on once the cause is gone, or roll back.';
  }
}

/** `OpenAI Work`: a key without its fingerprint; the provider's name alone where that is its label too. */
export function nameWithLabel(providerName: string, label: string): string {
  return label === providerName ? label : `${providerName} ${label}`;
}

/** Who changes a key, in a few words. */
export const methodWords: Readonly<
  Record<RotationOverview['method'], { readonly text: string; readonly title: string }>
> = {
  automatic: { text: 'by itself', title: 'The provider\u2019s API makes the new key and ends the old one' },
  'not-connected': { text: 'not connected', title: 'The provider has an API for this; it needs an admin key' },
  'by-hand': {
    text: 'by hand',
    title: 'The provider has no API for this: you make the new key, the rest is led through',
  },
};

/** `every 30 days between 9 and 17`; `no schedule` without one. */
export function scheduleWords({ setup }: Pick<RotationOverview, 'setup'>): string {
  return setup.schedule === null ? 'no schedule' : describeSchedule(setup.schedule, cronWords);
}

const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dateAndYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** `3 Dec`, with the year where it is another one than now's. */
export function formatDate(at: number, now: number): string {
  return (new Date(at).getFullYear() === new Date(now).getFullYear() ? date : dateAndYear).format(at);
}

/** What {@link describePlan} speaks of. */
export interface PlanInput {
  /** What a person calls the key. */
  readonly name: string;
  readonly schedule: RotationOverview['setup']['schedule'];
  readonly method: RotationOverview['method'];
  /** The next times, as ISO times. */
  readonly times: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What a schedule will do, in a sentence or two. */
export function describePlan({ name, schedule, method, times, now }: PlanInput): string {
  if (schedule === null) return `${name} is changed only when you say so.`;
  const words = describeSchedule(schedule, cronWords);
  const what = method === 'automatic' ? `${name} is changed ${words}.` : `You are reminded to change ${name} ${words}.`;
  const connect = method === 'not-connected' ? ' Once an admin key is connected, it is changed by itself.' : '';
  return `${what}${nextWords(times, schedule.hours !== null, now)}${connect}`;
}

function nextWords(times: readonly string[], hasHours: boolean, now: number): string {
  const [next, later] = times.map((time) => Date.parse(time));
  if (next === undefined) return '';
  const then = later === undefined ? '' : `, then ${formatDate(later, now)}`;
  if (next > now) return ` Next on ${formatDate(next, now)}${then}.`;
  return hasHours ? ` It is due: at once in those hours${then}.` : ` It is due: at once${then}.`;
}
