import { expect, it } from 'vitest';
import { promptSeries, promptStacks, promptTotals } from '#renderer/features/settings/prompts-values.ts';

const days = [
  { day: '2026-11-21', prompt: 4, inbox: 1, policy: 2, grant: 3 },
  { day: '2026-11-22', prompt: 1, inbox: 0, policy: 0, grant: 0 },
];

it('stacks each day by who answered', () => {
  expect(promptStacks(days)).toEqual([
    { label: '21 Nov', title: '21 Nov', values: [4, 1, 2, 3] },
    { label: '22 Nov', title: '22 Nov', values: [1, 0, 0, 0] },
  ]);
  expect(promptStacks(days)[0]?.values).toHaveLength(promptSeries.length);
});

it('tells what a person answered from what nobody had to', () => {
  expect(promptTotals(days)).toEqual({ asked: 6, spared: 5, all: 11 });
  expect(promptTotals([])).toEqual({ asked: 0, spared: 0, all: 0 });
});
