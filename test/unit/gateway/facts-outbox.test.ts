import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSpills } from '#main/control/usage/spill-files.ts';
import { FactsOutbox } from '#main/gateway/facts-outbox.ts';
import { spillName } from '#shared/contract/facts-spill.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

const key = 'cd'.repeat(32);

function bench() {
  const folder = temporaryFolder();
  const path = join(folder, spillName('run1'));
  const sent: Uint8Array[] = [];
  const taken: (() => void)[] = [];
  const failures: unknown[] = [];
  const outbox = new FactsOutbox({
    send(bytes, done) {
      sent.push(bytes);
      taken.push(done);
      return true;
    },
    randomBytes,
    onSpillFailed: (error) => failures.push(error),
  });
  const report = (requestId: string, done: () => void = () => undefined): void => {
    outbox.report({ opened: [], progress: [], settled: [usageRecord({ requestId })] }, done);
  };
  const left = () =>
    readSpills({ folder, key, formerKeys: [] }).map(({ frames, isWhole }) => [
      frames.map(({ sequence }) => sequence),
      isWhole,
    ]);
  return { outbox, report, sent, taken, failures, left, path, spill: { path, runId: 'run1', key } };
}

test('what control keeps is forgotten, the rest is left when control dies, with what follows', () => {
  const { outbox, report, sent, left, spill, path } = bench();
  outbox.keepAt(spill);
  for (const id of ['r1', 'r2', 'r3']) report(id);
  outbox.acknowledge(2);
  outbox.orphaned();
  expect(left()).toEqual([[[3], false]]);
  report('r4');
  outbox.close();
  expect(left()).toEqual([[[3, 4], true]]);
  expect(sent).toHaveLength(3);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a call is let go on when its report was taken, and never once control is gone', () => {
  const { outbox, report, taken, spill } = bench();
  outbox.keepAt(spill);
  const log: string[] = [];
  report('r1', () => log.push('r1'));
  expect(log).toEqual([]);
  for (const done of taken) done();
  outbox.orphaned();
  report('r2', () => log.push('r2'));
  expect(log).toEqual(['r1']);
});

test('it is drained when all that was sent was taken', async () => {
  const { outbox, report, taken } = bench();
  report('r1');
  report('r2');
  let isDrained = false;
  const drained = outbox.drained().then(() => {
    isDrained = true;
  });
  taken[0]?.();
  await Promise.resolve();
  expect(isDrained).toBe(false);
  taken[1]?.();
  await drained;
  expect(isDrained).toBe(true);
});

test('without a place nothing is left, and a place that can’t be written is told and no harm', () => {
  const silent = bench();
  silent.report('r1');
  silent.outbox.orphaned();
  silent.outbox.close();
  expect(silent.left()).toEqual([]);
  const broken = bench();
  broken.outbox.keepAt({ ...broken.spill, path: join(broken.path, 'nowhere') });
  broken.report('r1');
  broken.outbox.orphaned();
  broken.report('r2');
  broken.outbox.close();
  expect(broken.failures).toHaveLength(1);
});
