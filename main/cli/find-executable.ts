import { accessSync, constants, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import type { Cli } from './cli.ts';

/** Whether a command can be started: `missing` and `not-executable` are what a shell answers with 127 and 126. */
export type ExecutableSearch =
  | { readonly state: 'found'; readonly path: string }
  | { readonly state: 'missing' }
  | { readonly state: 'not-executable'; readonly path: string };

/** Looks for a command as the operating system would: a path as it is, a name along PATH. */
export function findExecutable(
  cli: Pick<Cli, 'environment' | 'platform' | 'workingFolder'>,
  command: string,
): ExecutableSearch {
  const path = cli.platform === 'win32' ? win32 : posix;
  const named = command.includes('/') || (cli.platform === 'win32' && command.includes('\\'));
  const folders = named
    ? [cli.workingFolder]
    : (cli.environment.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const extensions =
    cli.platform === 'win32' ? ['', ...(cli.environment.PATHEXT ?? '.COM;.EXE;.BAT;.CMD').split(';')] : [''];
  let refused: string | undefined;
  for (const folder of folders) {
    for (const extension of extensions) {
      const candidate = path.resolve(cli.workingFolder, folder, `${command}${extension}`);
      if (statSync(candidate, { throwIfNoEntry: false })?.isFile() !== true) continue;
      if (isExecutable(candidate)) return { state: 'found', path: candidate };
      refused ??= candidate;
    }
  }
  return refused === undefined ? { state: 'missing' } : { state: 'not-executable', path: refused };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
