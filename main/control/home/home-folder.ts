import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HomePaths } from '#shared/contract/home.ts';
import type { ReadyFile } from '#shared/contract/status.ts';
import type { VaultKind } from '#shared/model/vault.ts';

const memoryFolderPattern = /^memory-(\d+)$/;

/** Makes the home folder and the folders in it, for this user only. */
export async function prepareHome(paths: HomePaths): Promise<void> {
  for (const folder of [paths.home, paths.run, join(paths.home, 'data')]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  }
}

/** Folder of the databases. The memory vault forgets their key, so it gets a fresh one that goes away with the program. */
export async function openDataFolder(paths: HomePaths, kind: VaultKind): Promise<string> {
  await sweepMemoryFolders(paths.run);
  if (kind !== 'memory') return join(paths.home, 'data');
  const folder = join(paths.run, `memory-${process.pid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Removes the folder that {@link openDataFolder} made for a memory vault. */
export async function closeDataFolder(folder: string, kind: VaultKind): Promise<void> {
  if (kind === 'memory') await rm(folder, { recursive: true, force: true });
}

/** Only one program runs per home, so whatever memory folder is there was left behind. */
async function sweepMemoryFolders(run: string): Promise<void> {
  const stale = (await readdir(run)).filter((name) => memoryFolderPattern.test(name));
  await Promise.all(stale.map((name) => rm(join(run, name), { recursive: true, force: true })));
}

/** Tells other programs where the gateway is. */
export async function writeReadyFile(paths: HomePaths, ready: ReadyFile): Promise<void> {
  await mkdir(dirname(paths.readyFile), { recursive: true, mode: 0o700 });
  await rm(paths.readyFile, { force: true });
  await writeFile(paths.readyFile, `${JSON.stringify(ready)}\n`, { mode: 0o600 });
}

/** Removes the ready file. */
export async function removeReadyFile(paths: HomePaths): Promise<void> {
  await rm(paths.readyFile, { force: true });
}
