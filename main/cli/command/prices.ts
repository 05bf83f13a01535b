import { type Command, InvalidArgumentError } from 'commander';
import { TollkeeperError } from '#shared/model/error.ts';
import { type PriceKind, priceUnits, unitsOf } from '#shared/model/price.ts';
import type { ListedPrice, PriceDifference } from '#shared/model/price-report.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { formatCount, formatPrice } from '../format.ts';
import { report } from '../output.ts';
import { renderTable, safeText } from '../table.ts';

/** The options of `toll prices set`, by the kind that each is the price of; dollars per million tokens, or per `per` of the kind. */
const priceOptions = [
  ['input', 'input', 'dollars per million input tokens'],
  ['output', 'output', 'dollars per million output tokens'],
  ['cached-input', 'cachedInput', 'dollars per million cached input tokens (default: as input)'],
  ['cache-write', 'cacheWrite', 'dollars per million tokens written to the cache (default: as input)'],
  ['cache-write-1h', 'longCacheWrite', 'dollars per million tokens kept for an hour (default: as cache write)'],
  ['reasoning', 'reasoning', 'dollars per million reasoning tokens (default: as output)'],
  ['input-audio', 'inputAudio', 'dollars per million tokens of sound (default: as input)'],
  ['output-audio', 'outputAudio', 'dollars per million tokens of sound put out (default: as output)'],
  ['input-image', 'inputImage', 'dollars per million tokens of pictures (default: as input)'],
  ['output-image', 'outputImage', 'dollars per million tokens of pictures put out (default: as output)'],
  ['web-search', 'webSearch', 'dollars per thousand searches'],
  ['request', 'request', 'dollars per thousand requests'],
  ['audio-hour', 'audio', 'dollars per hour of sound'],
] as const satisfies readonly (readonly [string, PriceKind, string])[];

type PriceOptions = Readonly<Record<string, number | undefined>>;

/** Adds `toll prices` with `list`, `show`, `set`, `unset`, `update` and `check`. */
export function addPriceCommands(program: Command, cli: Cli): void {
  const prices = program
    .command('prices')
    .description('what calls are priced with: list, show, set, unset, update, check');

  prices
    .command('list')
    .description('list the prices of the providers that have a key')
    .argument('[text]', 'only models whose name holds this')
    .option('--provider <id>', 'only this provider')
    .action((text: string | undefined, options: { readonly provider?: string }) =>
      listPrices(cli, text, options.provider),
    );

  prices
    .command('show')
    .description('show every price of one model')
    .argument('<model>', 'the model as provider/model')
    .action((name: string) => showPrice(cli, name));

  const set = prices
    .command('set')
    .description('set your own price of a model; it goes before the list')
    .argument('<provider>', 'the provider\u2019s id')
    .argument('<model>', 'the model as it is asked for, or the beginning of names followed by *');
  for (const [flag, , description] of priceOptions) set.option(`--${flag} <dollars>`, description, parseDollars);
  set.action((provider: string, model: string, options: PriceOptions) => setPrice(cli, { provider, model, options }));

  prices
    .command('unset')
    .description('remove your own price of a model')
    .argument('<provider>', 'the provider\u2019s id')
    .argument('<model>', 'the model as you set it')
    .action((provider: string, model: string) => unsetPrice(cli, provider, model));

  prices
    .command('update')
    .description('fetch the newest price list from the npm registry')
    .action(() => updatePrices(cli));

  prices
    .command('check')
    .description('compare the price list with a second one')
    .action(() => checkPrices(cli));
}

/** Integer micro-dollars, exact: no floating point on the way. */
function parseDollars(text: string): number {
  const match = /^(\d{1,5})(?:\.(\d{1,6}))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Write dollars like 2.50, with at most six decimals.');
  return Number(match[1]) * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0'));
}

async function listPrices(cli: Cli, text: string | undefined, provider: string | undefined): Promise<void> {
  await withControl(cli, async (control) => {
    const input = { ...(text === undefined ? {} : { text }), ...(provider === undefined ? {} : { provider }) };
    const rows = await control.call('price.list', input);
    if (cli.json) return report(cli, rows, () => '');
    const { version } = await control.call('price.read', {});
    report(cli, rows, () =>
      rows.length === 0 ? `No price holds that name in ${version}.` : `${renderPrices(rows)}Prices from ${version}.\n`,
    );
  });
}

/** Dollars per million tokens; a long input may cost more, which `+` tells. */
function renderPrices(rows: readonly ListedPrice[]): string {
  const price = (kind: PriceKind) => (row: ListedPrice) => {
    const rate = row.steps[0]?.rates[kind];
    return rate === undefined ? '\u2013' : `${formatPrice(rate)}${row.steps.length > 1 ? '+' : ''}`;
  };
  return renderTable(rows, [
    { title: 'PROVIDER', value: (row) => row.provider },
    { title: 'MODEL', value: (row) => safeText(row.model) },
    { title: 'IN', value: price('input'), align: 'right' },
    { title: 'CACHED', value: price('cachedInput'), align: 'right' },
    { title: 'OUT', value: price('output'), align: 'right' },
    { title: 'READS', value: (row) => formatCount(row.contextWindow), align: 'right' },
    { title: 'FROM', value: (row) => (row.source === 'own' ? 'you' : 'list') },
  ]);
}

async function showPrice(cli: Cli, name: string): Promise<void> {
  const slash = name.indexOf('/');
  if (slash < 1) throw new TollkeeperError('wrong_usage', 'Name the model as provider/model.');
  await withControl(cli, async (control) => {
    const found = await control.call('price.find', { provider: name.slice(0, slash), model: name.slice(slash + 1) });
    report(cli, found, () => renderPrice(found));
  });
}

function renderPrice(found: ListedPrice): string {
  const rows = found.steps.flatMap(({ above, rates }) =>
    Object.entries(rates).map(([kind, rate]) => ({ above, rate, unit: priceUnits[kind as PriceKind] })),
  );
  const table = renderTable(rows, [
    { title: 'PRICE OF', value: (row) => row.unit.title },
    { title: 'DOLLARS', value: (row) => formatPrice(row.rate), align: 'right' },
    { title: 'PER', value: (row) => `${formatCount(row.unit.per)} ${unitsOf(row.unit.unit)}` },
    {
      title: 'FOR INPUT ABOVE',
      value: (row) => (row.above === 0 ? '' : `${formatCount(row.above)} tokens`),
      align: 'right',
    },
  ]);
  return `${table}${found.provider}/${safeText(found.model)}, from ${found.priceVersion}.\n`;
}

async function setPrice(
  cli: Cli,
  { provider, model, options }: { readonly provider: string; readonly model: string; readonly options: PriceOptions },
): Promise<void> {
  const rates = Object.fromEntries(
    priceOptions.flatMap(([flag, kind]) => {
      const rate = options[flag.replace(/-(\w)/g, (_match, letter: string) => letter.toUpperCase())];
      return rate === undefined ? [] : [[kind, rate]];
    }),
  );
  await withControl(cli, async (control) => {
    const state = await control.call('price.set', { provider, model, rates });
    report(cli, state, () => `Calls of ${provider}/${safeText(model)} are priced as you say from now on.`);
  });
}

async function unsetPrice(cli: Cli, provider: string, model: string): Promise<void> {
  await withControl(cli, async (control) => {
    const state = await control.call('price.unset', { provider, model });
    report(cli, state, () => `Calls of ${provider}/${safeText(model)} are priced by ${state.version} again.`);
  });
}

async function updatePrices(cli: Cli): Promise<void> {
  await withControl(cli, async (control) => {
    const update = await control.call('price.update', {});
    report(cli, update, () =>
      update.changed
        ? `Prices from ${update.version} now; before, ${update.before}.`
        : `${update.version} is the newest.`,
    );
  });
}

async function checkPrices(cli: Cli): Promise<void> {
  await withControl(cli, async (control) => {
    const check = await control.call('price.check', {});
    const { differences, version, otherVersion, compared } = check;
    report(cli, check, () => {
      const sum = `${differences.length} prices of ${compared} models differ between ${version} and ${otherVersion}.\n`;
      return differences.length === 0 ? sum : renderDifferences(differences) + sum;
    });
  });
}

function renderDifferences(differences: readonly PriceDifference[]): string {
  return renderTable(differences, [
    { title: 'PROVIDER', value: (row) => row.provider },
    { title: 'MODEL', value: (row) => safeText(row.model) },
    { title: 'PRICE OF', value: (row) => priceUnits[row.kind].title },
    {
      title: 'USED',
      value: (row) => (row.priceMicroUsd === null ? 'none' : formatPrice(row.priceMicroUsd)),
      align: 'right',
    },
    { title: 'OTHER', value: (row) => formatPrice(row.otherMicroUsd), align: 'right' },
  ]);
}
