import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

/** Told of every file of a bundle when it is compiled. */
export type OnCompiled = (file: string, script: Script) => void;

/** What a CommonJS bundle's file is called with. */
type Module = { exports: unknown };
type Run = (
  exports: unknown,
  require: (id: string) => unknown,
  module: Module,
  file: string,
  folder: string,
) => undefined;

const digestBytes = 32;

/**
 * Runs a CommonJS bundle of the build, from its absolute path, and returns its exports. Node 20 keeps nothing of what it compiles from
 * one start to the next; here it takes what lies beside each file as {@link codeCacheOf} made it, where that fits this file and this Node.
 */
export function loadBundle(entry: string, onCompiled?: OnCompiled): unknown {
  const folder = dirname(entry);
  const outside = createRequire(entry);
  const modules = new Map<string, Module>();

  function load(file: string): unknown {
    const known = modules.get(file);
    if (known !== undefined) return known.exports;
    const module: Module = { exports: {} };
    modules.set(file, module);
    const script = compile(file);
    onCompiled?.(file, script);
    const run = script.runInThisContext() as Run;
    run(module.exports, (id) => (id.startsWith('./') ? load(join(folder, id)) : outside(id)), module, file, folder);
    return module.exports;
  }

  return load(entry);
}

/** Where {@link loadBundle} looks for what was compiled from a file. */
export function codeCachePath(file: string): string {
  return `${file}.cache`;
}

/** What to put there: a digest of it and of the file that it was compiled from, since V8 itself looks at a source's length alone, and V8's bytes. */
export function codeCacheOf(file: string, script: Script): Buffer {
  const data = script.createCachedData();
  return Buffer.concat([digest(readFileSync(file), data), data]);
}

function compile(file: string): Script {
  const source = readFileSync(file);
  const cachedData = readCodeCache(file, source);
  return new Script(`(function (exports, require, module, __filename, __dirname) {${source.toString()}\n})`, {
    filename: file,
    ...(cachedData === null ? {} : { cachedData }),
  });
}

function readCodeCache(file: string, source: Buffer): Buffer | null {
  try {
    const cache = readFileSync(codeCachePath(file));
    const data = cache.subarray(digestBytes);
    return digest(source, data).equals(cache.subarray(0, digestBytes)) ? data : null;
  } catch {
    return null;
  }
}

function digest(source: Buffer, data: Buffer): Buffer {
  return createHash('sha256').update(source).update(data).digest();
}
