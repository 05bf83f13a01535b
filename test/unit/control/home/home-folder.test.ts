import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareHome } from '#main/control/home/home-folder.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

function pathsIn(home: string) {
  return { home, run: join(home, 'run') };
}

test('a home that was there before becomes private', async () => {
  const home = join(temporaryFolder(), 'home');
  mkdirSync(home);
  chmodSync(home, 0o777);
  await prepareHome(pathsIn(home));
  for (const folder of [home, join(home, 'run'), join(home, 'data')]) {
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  }
});

test('a home of another user is refused, also behind a link, and left as it is', async () => {
  const home = join(temporaryFolder(), 'home');
  mkdirSync(home);
  chmodSync(home, 0o755);
  const link = join(temporaryFolder(), 'link');
  symlinkSync(home, link);
  const somebodyElse = statSync(home).uid + 1;
  expect(await codeOf(prepareHome(pathsIn(home), somebodyElse))).toBe('storage_unavailable');
  expect(await codeOf(prepareHome(pathsIn(link), somebodyElse))).toBe('storage_unavailable');
  expect(statSync(home).mode & 0o777).toBe(0o755);
});

test('a home that can’t be made is told with its path', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  await expect(prepareHome(pathsIn(join(file, 'home')))).rejects.toMatchObject({
    code: 'storage_unavailable',
    message: expect.stringContaining(file),
  });
});
