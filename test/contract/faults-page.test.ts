import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** Docs/faults.md tells which test fails without which defence; both must still be there. */
const root = path.resolve(import.meta.dirname, '../..');

function filesBelow(folder: string): readonly string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(root, folder, name));
}

const sources = new Set(filesBelow('main').map((file) => path.basename(file)));
const tests = new Map(
  filesBelow('test').map((file) => [path.basename(file), readFileSync(file, 'utf8').replaceAll('\\u2019', '’')]),
);
const named = /`(?:[\w-]+\/)*([\w-]+\.(?:test|e2e)\.ts)`/g;

interface Row {
  readonly defence: string;
  readonly sources: readonly string[];
  readonly tests: readonly string[];
  /** Where the tests are. */
  readonly files: readonly string[];
}

const filesIn = (text: string): readonly string[] => [...text.matchAll(named)].map(([, file = '']) => file);

function rowsOf(section: string): readonly Row[] {
  const [introduction = '', ...table] = section.split('\n| ');
  return table.slice(2).map((line) => {
    const [defence = '', source = '', test = ''] = line.split(' | ');
    const own = filesIn(test);
    const names = test.replace(/ \(`[^`]+`\)$/, '').split(' · ');
    return { defence, sources: source.split(', '), tests: names, files: own.length > 0 ? own : filesIn(introduction) };
  });
}

const page = readFileSync(path.join(root, 'docs/faults.md'), 'utf8').split('## Without the defence')[1] ?? '';
const rows = page.split('\n### ').slice(1).flatMap(rowsOf);

describe('docs/faults.md', () => {
  it('names defences', () => {
    expect(rows.length).toBeGreaterThan(60);
  });

  it.each(rows.map((row) => [row.defence, row] as const))('without “%s”: source and tests are there', (_name, row) => {
    for (const source of row.sources) expect(sources, source).toContain(source);
    expect(row.files.length).toBeGreaterThan(0);
    const texts = row.files.map((file) => tests.get(file) ?? '');
    for (const test of row.tests) expect(texts.some((text) => text.includes(test)) ? test : null).toBe(test);
  });
});
