import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The repository's root folder. */
export const repositoryRoot: string = path.resolve(import.meta.dirname, '../..');

/** The TypeScript sources below some folders of the repository, by path below the root with forward slashes. */
export function readSources(folders: readonly string[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const folder of folders) {
    const names = readdirSync(path.join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.sort()) {
      if (!/\.tsx?$/.test(name)) continue;
      const file = path.posix.join(folder, name.split(path.sep).join('/'));
      files.set(file, readFileSync(path.join(repositoryRoot, file), 'utf8'));
    }
  }
  return files;
}
