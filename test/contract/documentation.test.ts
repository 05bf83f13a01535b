import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorDefinitions } from '#shared/model/error.ts';
import { capabilities } from '#shared/model/scope.ts';
import { settingsSchema } from '#shared/model/settings.ts';
import { parseScope } from '#shared/policy/match-scope.ts';
import { providerIds } from '#shared/provider/index.ts';
import { pages, scopeExamples } from './documentation/pages.ts';

const root = new URL('../../', import.meta.url);
const renew = process.env.UPDATE_DOCS === '1';

function onDisk(path: string): string {
  const file = new URL(path, root);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

describe('documentation', () => {
  it.each(Object.entries(pages))('%s says what the source says', async (path, write) => {
    const wanted = await write();
    if (renew) {
      writeFileSync(new URL(path, root), wanted);
    }
    expect(onDisk(path)).toBe(wanted);
  });

  it.each([
    ['docs/errors.md', Object.keys(errorDefinitions)],
    ['docs/scopes.md', Object.keys(capabilities)],
    ['docs/settings.md', Object.keys(settingsSchema.shape)],
    ['docs/providers.md', providerIds],
  ])('%s names each entry once', (path, names) => {
    const rows = onDisk(path).split('\n');
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) {
      expect(rows.filter((row) => row.startsWith(`| \`${name}\` |`))).toHaveLength(1);
    }
  });

  it('leaves no setting and no error without words', () => {
    for (const path of ['docs/errors.md', 'docs/settings.md']) {
      expect(onDisk(path)).not.toMatch(/\|\s*\|\n/);
    }
  });

  it.each(Object.keys(scopeExamples))('the example %s is a scope', (example) => {
    expect(parseScope(example)).not.toBeNull();
  });
});
