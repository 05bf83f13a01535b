import { formatDay } from '#renderer/components/format/time.ts';
import type { Stack } from '#renderer/components/stacked-chart.tsx';
import type { ApprovalDay } from '#shared/model/asked-request.ts';

/** Who answered, in the order of the chart. */
export const promptSeries = ['You, at the prompt', 'You, from the inbox', 'A policy', 'Access it had already'] as const;

/** One stack a day. */
export function promptStacks(days: readonly ApprovalDay[]): Stack[] {
  return days.map(({ day, prompt, inbox, policy, grant }) => {
    const label = formatDay(Date.parse(`${day}T12:00:00`));
    return { label, title: label, values: [prompt, inbox, policy, grant] };
  });
}

/** How many requests were put before the person, and how many were answered without. */
export function promptTotals(days: readonly ApprovalDay[]): {
  readonly asked: number;
  readonly spared: number;
  readonly all: number;
} {
  const sum = (read: (day: ApprovalDay) => number): number => days.reduce((total, day) => total + read(day), 0);
  const asked = sum(({ prompt, inbox }) => prompt + inbox);
  const spared = sum(({ policy, grant }) => policy + grant);
  return { asked, spared, all: asked + spared };
}
