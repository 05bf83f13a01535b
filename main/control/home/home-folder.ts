import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HomePaths } from '#shared/contract/home.ts';
import type { ReadyFile } from '#shared/contract/status.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { VaultKind } from '#shared/model/vault.ts';

const memoryFolderPattern = /^memory-(\d+)$/;

/**
 * Makes the home folder and the folders in it, for this user only. Rejects with `storage_unavailable` when one can't be made, or
 * belongs to another user than `userId`: whoever owns a folder can put other files in it. Null where users have no numbers.
 */
export async function prepareHome(
  paths: Pick<HomePaths, 'home' | 'run'>,
  userId: number | null = process.getuid?.() ?? null,
): Promise<void> {
  for (const folder of [paths.home, paths.run, join(paths.home, 'data')]) {
    await makePrivate(folder, userId).catch((cause: unknown) => {
      throw cause instanceof TollkeeperError ? cause : unusable(folder, cause);
    });
  }
}

async function makePrivate(folder: string, userId: number | null): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid } = await stat(folder);
  if (userId !== null && uid !== userId) {
    throw new TollkeeperError(
      'storage_unavailable',
      `The folder ${folder} belongs to another user. Remove it, or choose another with TOLLKEEPER_HOME.`,
    );
  }
  await chmod(folder, 0o700);
}

function unusable(folder: string, cause: unknown): TollkeeperError {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  const message = `The folder ${folder} can’t be made or used${code}. Choose another with TOLLKEEPER_HOME.`;
  return new TollkeeperError('storage_unavailable', message, { cause });
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
