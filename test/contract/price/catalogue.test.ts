import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkCatalogue, importCatalogue } from '#main/control/price/import-catalogue.ts';
import { pricedProviders } from '#main/control/price/priced-providers.ts';

const shipped = new URL('../../../main/control/price/catalogue.json', import.meta.url);
const installed = new URL('../../../node_modules/@pydantic/genai-prices/', import.meta.url);
/** The day on which the installed version was published, which its package does not tell. */
const publishedOn = '2026-09-23';

function read(path: string, base: URL): string {
  return readFileSync(new URL(path, base), 'utf8');
}

describe('the shipped price catalogue', () => {
  const { version } = JSON.parse(read('package.json', installed)) as { version: string };
  const made = importCatalogue(read('dist/index.js', installed), {
    version,
    date: publishedOn,
    providers: pricedProviders,
  });

  it('is made from the installed package', () => {
    if (process.env.UPDATE_PRICES === '1') {
      writeFileSync(shipped, `${JSON.stringify(made)}\n`);
    }
    expect(JSON.parse(readFileSync(shipped, 'utf8'))).toEqual(made);
  });

  it('has a checksum that fits, and prices for every provider that has any', () => {
    const catalogue = checkCatalogue(JSON.parse(readFileSync(shipped, 'utf8')));
    const listed = new Set(catalogue.providers.map(({ id }) => id));
    expect([...pricedProviders].filter((id) => !listed.has(id))).toEqual(['custom']);
  });
});
