import { createHash } from 'node:crypto';
import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHashFile } from '#main/host/peer/hash-file.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

test('a file that was replaced by one of the same size and time has another hash', async () => {
  const path = join(temporaryFolder(), 'program');
  const hashFile = createHashFile();
  writeFileSync(path, 'first');
  utimesSync(path, 1_000, 1_000);
  expect(await Promise.all([hashFile(path), hashFile(path)])).toEqual([sha256('first'), sha256('first')]);
  writeFileSync(`${path}.new`, 'other');
  utimesSync(`${path}.new`, 1_000, 1_000);
  renameSync(`${path}.new`, path);
  expect(await hashFile(path)).toBe(sha256('other'));
});

test('what is no file has no hash', async () => {
  const folder = temporaryFolder();
  expect(await createHashFile()(folder)).toBeNull();
  expect(await createHashFile()(join(folder, 'missing'))).toBeNull();
});
