import { expect, test } from 'vitest';
import { scanFolder } from '#test/contract/secret-canaries/scan-folder.ts';
import { canaryMarker } from '#test/fixtures/canary.ts';

const folder = process.env.TOLLKEEPER_TEST_DIR;

test.skipIf(folder === undefined)('nothing that this run wrote holds a provider key in any form', async () => {
  const { hits, filesSearched } = await scanFolder(folder ?? '', canaryMarker);
  const places = hits.map((hit) => `${hit.file} at ${hit.offset}: ${hit.encoding}`);
  expect(places, places.join('\n')).toEqual([]);
  expect(filesSearched).toBeGreaterThan(0);
});
