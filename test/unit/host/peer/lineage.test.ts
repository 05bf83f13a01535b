import { describe, expect, test } from 'vitest';
import { type LineageStep, readLineage } from '#main/host/peer/lineage.ts';

type Processes = Readonly<Record<number, LineageStep>>;

/** Reads one picture of the processes after the other, each for as many looks as it says. */
function changing(...pictures: readonly (readonly [looks: number, processes: Processes])[]) {
  let look = 0;
  return async (pid: number): Promise<LineageStep | null> => {
    let passed = 0;
    const picture = pictures.find(([looks]) => {
      passed += looks;
      return look < passed;
    });
    look += 1;
    return (picture ?? pictures.at(-1))?.[1][pid] ?? null;
  };
}

const calm: Processes = {
  1: { parent: 0, startedAt: '1' },
  10: { parent: 1, startedAt: '100' },
  20: { parent: 10, startedAt: '200' },
};

describe('readLineage', () => {
  test('goes from a process up to the first', async () => {
    expect(await readLineage(20, changing([1, calm]))).toEqual([
      { pid: 20, startedAt: '200' },
      { pid: 10, startedAt: '100' },
      { pid: 1, startedAt: '1' },
    ]);
    expect(await readLineage(99, changing([1, calm]))).toEqual([]);
  });

  test('a parent’s pid that is used again while it looks does not make a stranger a parent', async () => {
    const reused: Processes = { ...calm, 10: { parent: 1, startedAt: '900' }, 20: { parent: 1, startedAt: '200' } };
    const lineage = await readLineage(20, changing([1, calm], [99, reused]));
    expect(lineage).toEqual([
      { pid: 20, startedAt: '200' },
      { pid: 1, startedAt: '1' },
    ]);
  });

  test('what never stands still proves nothing', async () => {
    let start = 0;
    const restless = async (pid: number) => {
      start += 1;
      return { parent: pid === 20 ? 1 : 0, startedAt: String(start) };
    };
    expect(await readLineage(20, restless)).toEqual([]);
  });

  test('a ring of parents ends', async () => {
    const ring = { 5: { parent: 6, startedAt: 'a' }, 6: { parent: 5, startedAt: 'b' } };
    expect(await readLineage(5, changing([1, ring]))).toHaveLength(2);
  });
});
