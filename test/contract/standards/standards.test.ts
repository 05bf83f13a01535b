import { expect, it } from 'vitest';
import { namedTests } from './named-tests.ts';
import { standardRows } from './rows.ts';

const tests = namedTests();

it.each(standardRows.map(({ id }) => id))('%s has a test that names it', (id) => {
  expect(tests.filter(({ standard }) => standard === id).map(({ name }) => name)).not.toEqual([]);
});

it('has a row for every standard that a test names', () => {
  const ids = standardRows.map(({ id }) => id);
  expect(tests.filter(({ standard }) => !ids.includes(standard))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});
