import { builtinModules } from 'node:module';
import path from 'node:path';
import { findCycles } from './find-cycles.ts';
import { type Room, rooms } from './house.ts';
import { readImports } from './read-imports.ts';

/** Sources by path below the root, with forward slashes. */
export type SourceFiles = ReadonlyMap<string, string>;

interface Place {
  readonly room: Room;
  /** The room's own folder, with `*` filled in. */
  readonly folder: string;
}

const builtins = new Set(builtinModules);

/** The part of a file's path that a room's folder pattern covers. */
function matchFolder(pattern: string, file: string): string | undefined {
  const wanted = pattern.split('/');
  const parts = file.split('/');
  if (parts.length <= wanted.length) return undefined;
  const matches = wanted.every((part, index) => part === '*' || part === parts[index]);
  return matches ? parts.slice(0, wanted.length).join('/') : undefined;
}

function placeOf(file: string): Place | undefined {
  for (const room of rooms) {
    const folder = matchFolder(room.folder, file);
    if (folder !== undefined) return { room, folder };
  }
  return undefined;
}

const isInside = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`);

const topFolder = (file: string): string => file.split('/')[0] ?? file;

/** The folders that have a `#` name, which is how the others reach them. */
const namedFolders = new Set(['shared', 'main', 'renderer', 'test']);

/** The path below the root that an import of the project's own files leads to; undefined for packages. */
function ownTarget(file: string, specifier: string): string | undefined {
  const bare = specifier.replace(/\?.*$/, '');
  if (bare.startsWith('#')) return bare.slice(1);
  return bare.startsWith('.') ? path.posix.join(path.posix.dirname(file), bare) : undefined;
}

function checkOwnImport(file: string, specifier: string, target: string, place: Place): string[] {
  if (isInside(target, place.folder)) return [];
  const problems: string[] = [];
  const named = `${file} imports ${specifier}`;
  const allowed = place.room.mayImport.some((folder) => isInside(target, folder));
  if (!allowed) problems.push(`${named}: ${place.folder} may not reach ${target}`);
  const leaves = topFolder(target) !== topFolder(file) && namedFolders.has(topFolder(target));
  if (specifier.startsWith('.') && leaves) problems.push(`${named}: an import of ${topFolder(target)} starts with #`);
  return problems;
}

function mayUseElectron(file: string, room: Room): boolean {
  return typeof room.electron === 'string' ? room.electron === file : room.electron;
}

function checkPackageImport(file: string, specifier: string, { room, folder }: Place): string[] {
  const named = `${file} imports ${specifier}`;
  const parts = specifier.split('/');
  const name = (specifier.startsWith('@') ? parts.slice(0, 2) : parts.slice(0, 1)).join('/');
  if (name === 'electron') return mayUseElectron(file, room) ? [] : [`${named}: Electron is not for ${folder}`];
  if (builtins.has(specifier)) return [`${named}: Node's modules are named with node:`];
  if (specifier.startsWith('node:')) return room.node ? [] : [`${named}: ${folder} does without Node`];
  if (room.packages === 'all') return [];
  const allowed = room.packages === 'none' ? [] : room.packages;
  return allowed.includes(name) ? [] : [`${named}: ${folder} may not use this package`];
}

/** Every breach of the house's import rules in the sources, one sentence each; empty when all hold. */
export function checkImports(files: SourceFiles): readonly string[] {
  const problems: string[] = [];
  const graph = new Map<string, readonly string[]>();
  for (const [file, source] of files) {
    const place = placeOf(file);
    if (place === undefined) {
      if (!file.endsWith('.d.ts')) problems.push(`${file} lies in no room of the house`);
      continue;
    }
    const reached: string[] = [];
    for (const specifier of readImports(file, source)) {
      const target = ownTarget(file, specifier);
      if (target === undefined) {
        problems.push(...checkPackageImport(file, specifier, place));
      } else {
        reached.push(target);
        problems.push(...checkOwnImport(file, specifier, target, place));
      }
    }
    graph.set(file, reached);
  }
  return [...problems, ...findCycles(graph).map((cycle) => `import cycle: ${cycle.join(' → ')}`)];
}
