import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Script } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeCacheOf, codeCachePath, loadBundle } from '#main/host/load-bundle.ts';

let folder: string;
let entry: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  entry = join(folder, 'entry.cjs');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Loads the bundle and tells, of each file, whether what had been compiled before was taken. */
function load(): { readonly exports: unknown; readonly taken: readonly (boolean | undefined)[] } {
  const scripts: Script[] = [];
  const exports = loadBundle(entry, (_, script) => scripts.push(script));
  return { exports, taken: scripts.map(({ cachedDataRejected }) => cachedDataRejected === false) };
}

function keepCompiled(): void {
  loadBundle(entry, (file, script) => writeFileSync(codeCachePath(file), codeCacheOf(file, script)));
}

test('a bundle’s parts see each other, Node and the packages beside it, each evaluated once', () => {
  const part = 'globalThis.timesEvaluated = (globalThis.timesEvaluated ?? 0) + 1; exports.word = __filename;';
  writeFileSync(join(folder, 'entry.part.cjs'), part);
  writeFileSync(
    entry,
    `const path = require('node:path'); const one = require('./entry.part.cjs');
     exports.same = one === require('./entry.part.cjs'); exports.name = path.basename(one.word); exports.folder = __dirname;
     exports.quote = 'can’t';`,
  );
  expect(load().exports).toMatchObject({ same: true, name: 'entry.part.cjs', folder, quote: 'can’t' });
  expect(Reflect.get(globalThis, 'timesEvaluated')).toBe(1);
  Reflect.deleteProperty(globalThis, 'timesEvaluated');
});

test('what was compiled before is taken', () => {
  writeFileSync(entry, "exports.word = () => 'first';");
  expect(load().taken).toEqual([false]);
  keepCompiled();
  const { exports, taken } = load();
  expect(taken).toEqual([true]);
  expect((exports as { word(): string }).word()).toBe('first');
});

test('what was compiled from another text of the same length is not', () => {
  writeFileSync(entry, "exports.word = () => 'first';");
  keepCompiled();
  writeFileSync(entry, "exports.word = () => 'later';");
  const { exports, taken } = load();
  expect((exports as { word(): string }).word()).toBe('later');
  expect(taken).toEqual([false]);
});

test.each([
  ['a changed byte', (kept: Buffer) => Buffer.concat([kept.subarray(0, -1), Buffer.from([(kept.at(-1) ?? 0) ^ 1])])],
  ['a lost end', (kept: Buffer) => kept.subarray(0, 60)],
  ['nothing in it', () => Buffer.alloc(0)],
])('a damaged file, with %s, is not looked at', (_, damage) => {
  writeFileSync(entry, "exports.word = () => 'first';");
  loadBundle(entry, (file, script) => writeFileSync(codeCachePath(file), damage(codeCacheOf(file, script))));
  const { exports, taken } = load();
  expect((exports as { word(): string }).word()).toBe('first');
  expect(taken).toEqual([false]);
});
