import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fetchCatalogue } from '#main/control/price/fetch-catalogue.ts';
import { pricedProviders } from '#main/control/price/priced-providers.ts';
import { shippedCatalogue } from '#test/fixtures/shipped-prices.ts';
import { type FakePackage, fakeRegistry, tarballOf } from './registry-bench.ts';

const moduleText = readFileSync(
  new URL('../../../../node_modules/@pydantic/genai-prices/dist/index.js', import.meta.url),
  'utf8',
);
const file = 'package/dist/index.js';
const genuine = tarballOf(file, moduleText);
const newer = { version: '0.1.9', published: '2026-11-20T10:00:00.000Z' };

function fetchFrom(published: Partial<FakePackage>) {
  const registry = fakeRegistry({ ...newer, tarball: genuine, ...published });
  const fetched = fetchCatalogue({ fetch: registry.fetch, current: shippedCatalogue, providers: pricedProviders });
  return { registry, fetched };
}

/** The package's text with the price list of its first model replaced. */
function withData(data: string): Buffer {
  return tarballOf(
    file,
    moduleText.replace(/^const \w+ = \[/m, (start) => `${start}${data},`),
  );
}

/** The package's text with another name of its first provider. */
function withName(name: string): Buffer {
  return tarballOf(file, moduleText.replace('name: "Anthropic"', `name: ${name}`));
}

describe('a price update', () => {
  test('takes the newer version from the one host, whatever address the document names', async () => {
    const { registry, fetched } = fetchFrom({});
    const catalogue = await fetched;
    expect(catalogue).toMatchObject({ version: '0.1.9', date: '2026-11-20', sha256: shippedCatalogue.sha256 });
    expect(registry.asked).toEqual([
      'https://registry.npmjs.org/@pydantic%2fgenai-prices',
      'https://registry.npmjs.org/@pydantic/genai-prices/-/genai-prices-0.1.9.tgz',
    ]);
  });

  test('reads a time with an offset, which is another day in UTC', async () => {
    const { fetched } = fetchFrom({ published: '2026-11-20T23:30:00.509000-02:00' });
    expect((await fetched)?.date).toBe('2026-11-21');
  });

  test('asks for nothing more when the list in force is the newest', async () => {
    const { registry, fetched } = fetchFrom({ version: shippedCatalogue.version });
    expect(await fetched).toBeNull();
    expect(registry.asked).toHaveLength(1);
    expect(await fetchFrom({ version: '0.0.9', published: '2026-01-01T00:00:00.000Z' }).fetched).toBeNull();
  });

  const integrity = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
  const bomb = tarballOf(file, ' '.repeat(45_000_000));
  const damaged: readonly (readonly [string, Partial<FakePackage>, RegExp])[] = [
    ['another checksum', { integrity }, /checksum/],
    ['a checksum of another kind', { integrity: 'sha1-abc' }, /not as expected/],
    ['an archive cut short', { tarball: genuine.subarray(0, 9_000) }, /damaged/],
    ['an archive that is none', { tarball: Buffer.from('<html>') }, /damaged/],
    ['an archive that unpacks to more than it may', { tarball: bomb }, /too large/],
    ['more bytes than a price list has', { tarball: Buffer.alloc(9_000_000) }, /more than/],
    ['a package without the file', { tarball: tarballOf('package/other.js', moduleText) }, /no file/],
    ['a module without a price list', { tarball: tarballOf(file, 'export const x = 1;') }, /no price list/],
    ['a call where data should be', { tarball: withName('globalThis.pwned = 1') }, /can’t be read/],
    ['a name where data should be', { tarball: withName('process') }, /can’t be read/],
    ['a model without prices', { tarball: withData('{id: "openai", models: [{id: "x"}]}') }, /not as expected/],
    [
      'a negative price',
      { tarball: withData('{id: "openai", models: [{id: "x", match: {equals: "x"}, prices: {input_mtok: -1}}]}') },
      /not as expected/,
    ],
    [
      'an expression that can take for ever',
      { tarball: withData('{id: "openai", models: [{id: "x", match: {regex: "^(a+)+$"}, prices: {}}]}') },
      /unsafe expression/,
    ],
    ['hardly any models', { tarball: tarballOf(file, 'const E = [{ id: "openai", models: [] }];') }, /lacks most/],
  ];
  test.each(damaged)('refuses %s', async (_name, published, reason) => {
    await expect(fetchFrom(published).fetched).rejects.toMatchObject({
      code: 'prices_not_updated',
      message: expect.stringMatching(reason),
    });
    expect(globalThis).not.toHaveProperty('pwned');
  });

  test.each<readonly [string, typeof globalThis.fetch]>([
    ['no network', () => Promise.reject(new TypeError('fetch failed'))],
    ['an error of the registry', async () => new Response('busy', { status: 503 })],
    ['an answer that is no JSON', async () => new Response('<html>')],
    ['an endless answer', async () => new Response(endless())],
  ])('survives %s', async (_name, fetch) => {
    const fetched = fetchCatalogue({ fetch, current: shippedCatalogue, providers: pricedProviders });
    await expect(fetched).rejects.toMatchObject({ code: 'prices_not_updated' });
  });
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)) });
}
