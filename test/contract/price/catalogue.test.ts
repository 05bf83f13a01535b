import { readFileSync, writeFileSync } from 'node:fs';
import { MODEL_CONFIGS } from 'llm-zoo';
import { describe, expect, it } from 'vitest';
import { crossCheck, type SecondCatalogue, secondCatalogueSchema } from '#main/control/price/cross-check.ts';
import { checkCatalogue, importCatalogue } from '#main/control/price/import-catalogue.ts';
import { pricedProviders } from '#main/control/price/priced-providers.ts';

const shipped = new URL('../../../main/control/price/catalogue.json', import.meta.url);
const shippedSecond = new URL('../../../main/control/price/second-catalogue.json', import.meta.url);
const differencesPage = new URL('../../../docs/prices-differences.md', import.meta.url);
const installed = new URL('../../../node_modules/@pydantic/genai-prices/', import.meta.url);
const isUpdating = process.env.UPDATE_PRICES === '1';
/** The day on which the installed version was published, which its package does not tell. */
const publishedOn = '2026-09-23';
/** Neither catalogue has them. */
const unpriced = ['custom', 'deepgram', 'elevenlabs', 'gitlab'];

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
    if (isUpdating) {
      writeFileSync(shipped, `${JSON.stringify(made)}\n`);
    }
    expect(JSON.parse(readFileSync(shipped, 'utf8'))).toEqual(made);
  });

  it('has a checksum that fits, and prices for every provider but those whose calls are told as unpriced', () => {
    const catalogue = checkCatalogue(JSON.parse(readFileSync(shipped, 'utf8')));
    const listed = new Set(catalogue.providers.map(({ id }) => id));
    expect([...pricedProviders].filter((id) => !listed.has(id)).sort()).toEqual(unpriced);
  });
});

/** How the second list calls the first one's providers, where it differs. */
const providerNames: Readonly<Record<string, string>> = { xai: 'x-ai' };

/** The second list in the first one's terms: micro-dollars per million tokens of the ordinary class of service. */
function secondFromPackage(): SecondCatalogue {
  const manifest = readFileSync(new URL('../../../node_modules/llm-zoo/package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const models = Object.values(MODEL_CONFIGS)
    .filter((model) => model.retired !== true && !model.openRouterOnly && model.serviceTier === undefined)
    .map((model) => {
      const { supportsPromptCaching, supportsAutoPromptCaching, cacheDiscountFactor } = model.capabilities;
      const isCached = supportsPromptCaching || supportsAutoPromptCaching;
      return {
        provider: providerNames[model.provider] ?? model.provider,
        model: model.fullName,
        input: Math.round(model.inputPrice * 1e6),
        output: Math.round(model.outputPrice * 1e6),
        ...(isCached ? { cachedInput: Math.round(model.inputPrice * cacheDiscountFactor * 1e6) } : {}),
      };
    })
    .filter(({ provider }) => pricedProviders.has(provider));
  const byName = new Map(models.map((model) => [`${model.provider} ${model.model}`, model]));
  return { name: 'llm-zoo', version, models: [...byName.values()] };
}

describe('the second price catalogue', () => {
  const second = secondFromPackage();

  it('is made from the installed package', () => {
    if (isUpdating) {
      writeFileSync(shippedSecond, `${JSON.stringify(second)}\n`);
    }
    expect(secondCatalogueSchema.parse(JSON.parse(readFileSync(shippedSecond, 'utf8')))).toEqual(second);
  });

  it('agrees with the first but for what docs/prices-differences.md lists', () => {
    const first = checkCatalogue(JSON.parse(readFileSync(shipped, 'utf8')));
    const { compared, differences } = crossCheck(first, second, Date.parse(`${publishedOn}T12:00:00Z`));
    const money = (amount: number | null) => (amount === null ? 'none' : `$${amount / 1e6}`);
    const rows = differences.map(
      ({ provider, model, kind, priceMicroUsd, otherMicroUsd }) =>
        `| ${provider} | ${model} | ${kind} | ${money(priceMicroUsd)} | ${money(otherMicroUsd)} |`,
    );
    const page = [
      '# Where the two price lists differ',
      '',
      '<!-- Made by test/contract/price/catalogue.test.ts; `UPDATE_PRICES=1 npx vitest run --config build/vitest.config.ts test/contract/price` writes it anew. -->',
      '',
      `Calls are priced by ${first.name} ${first.version} (${first.date}). ${second.name} ${second.version}, kept by other people, checks it: of ${compared} models that both may know, ${differences.length} prices differ, per million tokens in the ordinary class of service, noon UTC. \`toll prices check\` compares what is in force now; \`toll prices set\` decides for one model.`,
      '',
      '| provider | model | price | used | second list |',
      '| --- | --- | --- | ---: | ---: |',
      ...rows,
      '',
    ].join('\n');
    if (isUpdating) {
      writeFileSync(differencesPage, page);
    }
    expect(readFileSync(differencesPage, 'utf8')).toBe(page);
    expect(compared).toBeGreaterThan(60);
  });
});
