import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ControlMessage } from '#shared/contract/port.ts';
import { catalogueTitle } from '#shared/model/price.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { createPriceBook } from '#shared/policy/price-usage.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { createFakeVault } from '#test/fakes/fake-vault.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { shippedCatalogue, shippedPrices } from '#test/fixtures/shipped-prices.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';
import { callerOf, type RunningControl, startControl } from '../running-control.ts';
import { fakeRegistry, tarballOf } from './registry-bench.ts';

const cli = callerOf();
const shippedVersion = catalogueTitle(shippedCatalogue);
const moduleText = readFileSync(
  new URL('../../../../node_modules/@pydantic/genai-prices/dist/index.js', import.meta.url),
  'utf8',
);
const published = {
  version: '0.1.9',
  published: '2026-11-20T10:00:00.000Z',
  tarball: tarballOf('package/dist/index.js', moduleText),
};
const newVersion = 'genai-prices 0.1.9 (2026-11-20)';
const rates = { input: 1_000_000, output: 2_000_000 };

function pricesSent({ gateways }: RunningControl): Extract<ControlMessage, { type: 'apply-prices' }>['prices'][] {
  return gateways.current.received.flatMap((message) => (message.type === 'apply-prices' ? [message.prices] : []));
}

async function addKey({ control }: RunningControl, provider: string): Promise<void> {
  await control.perform('credential.add', { provider, secret: `sk-${'a'.repeat(48)}`, verify: false }, cli);
}

/** Prices a record as the gateway would, and has the fake gateway report it. */
function priced(tables: Parameters<typeof createPriceBook>[0], changes: Partial<UsageRecord>): UsageRecord {
  const record = usageRecord({ provider: 'openai', model: 'gpt-5', cacheWriteTokens: 0, ...changes });
  const { priceUsage } = createPriceBook(tables);
  const at = Date.parse(record.startedAt);
  const quote = priceUsage({ priceId: 'openai', provider: 'openai', model: record.model ?? '', usage: record, at });
  return { ...record, ...quote };
}

async function settle({ control, gateways }: RunningControl, ...settled: readonly UsageRecord[]): Promise<void> {
  gateways.current.report({ opened: [], progress: [], settled });
  for (const { requestId } of settled) {
    await expect
      .poll(
        async () => (await control.perform('usage.list', { filter: { requestId }, offset: 0, limit: 1 }, cli)).total,
      )
      .toBe(1);
  }
}

describe('the gateway', () => {
  test('gets the prices of the providers that it can reach, before anything else, and others when that changes', async () => {
    const running = await startControl();
    expect(running.gateways.current.received[0]).toMatchObject({ type: 'apply-prices', prices: { providers: [] } });
    await addKey(running, 'openai');
    expect(
      pricesSent(running)
        .at(-1)
        ?.providers.map(({ id }) => id),
    ).toEqual(['openai']);
    const before = pricesSent(running).length;
    await running.control.perform('gateway.pause', { paused: true }, cli);
    expect(pricesSent(running)).toHaveLength(before);
  });

  test('gets the user\u2019s own prices at once', async () => {
    const running = await startControl();
    await addKey(running, 'openai');
    await running.control.perform('price.set', { provider: 'openai', model: 'gpt-5', rates }, cli);
    expect(pricesSent(running).at(-1)?.own).toEqual([{ provider: 'openai', model: 'gpt-5', rates }]);
    await running.control.perform('price.unset', { provider: 'openai', model: 'gpt-5' }, cli);
    expect(pricesSent(running).at(-1)?.own).toEqual([]);
  });
});

describe('own prices', () => {
  test('are kept over a restart, listed, and written to the log', async () => {
    const home = temporaryFolder();
    const vault = createFakeVault();
    const first = await startControl({ home, vault });
    await first.control.perform('price.set', { provider: 'openai', model: 'gpt-5', rates }, cli);
    await first.control.close(0);
    const { control } = await startControl({ home, vault });
    expect((await control.perform('price.read', {}, cli)).own).toHaveLength(1);
    const found = await control.perform('price.find', { provider: 'openai', model: 'gpt-5' }, cli);
    expect(found).toMatchObject({
      source: 'own',
      steps: [{ above: 0, rates: { input: 1_000_000, output: 2_000_000 } }],
    });
    const audit = await control.perform('audit.list', { limit: 50 }, cli);
    expect(audit.find(({ event }) => event === 'price-set')).toMatchObject({ subject: 'openai/gpt-5', actor: 'cli' });
  });

  test('need a provider that is known and a price that says something', async () => {
    const { control } = await startControl();
    const set = (provider: string, given: object) =>
      codeOf(control.perform('price.set', { provider, model: 'm', rates: given }, cli));
    expect(await set('nobody', rates)).toBe('unknown_provider');
    expect(await set('openai', { cachedInput: 1 })).toBe('invalid_request');
    expect(await codeOf(control.perform('price.unset', { provider: 'openai', model: 'm' }, cli))).toBe('not_found');
    expect(await codeOf(control.perform('price.find', { provider: 'openai', model: 'm' }, cli))).toBe('not_found');
  });
});

describe('an explanation', () => {
  test('names amounts, prices and the list that a call was priced with', async () => {
    const running = await startControl();
    const record = priced(shippedPrices(), { requestId: 'req_a', estimated: true });
    await settle(running, record);
    const explanation = await running.control.perform('usage.explain', { requestId: 'req_a' }, cli);
    expect(explanation).toMatchObject({
      ...{ source: 'catalogue', priceVersion: shippedVersion, listedAs: 'gpt-5', isWhole: true, estimated: true },
      costMicroUsd: 280,
      sumMicroUsd: 280,
    });
    expect(explanation.lines).toEqual([
      expect.objectContaining({ kind: 'input', amount: 60, priceMicroUsd: 1_250_000, costMicroUsd: 75 }),
      expect.objectContaining({ kind: 'cachedInput', amount: 40, priceMicroUsd: 125_000, costMicroUsd: 5 }),
      expect.objectContaining({ kind: 'output', amount: 15, costMicroUsd: 150 }),
      expect.objectContaining({ kind: 'reasoning', amount: 5, costMicroUsd: 50 }),
    ]);
    expect(explanation.notes.join(' ')).toContain('estimate');
  });

  test('still works with the prices of then, after the user has set others and the list is a newer one', async () => {
    const registry = fakeRegistry(published);
    const running = await startControl({ changes: { fetch: registry.fetch } });
    const { control } = running;
    const state = await control.perform('price.set', { provider: 'openai', model: 'gpt-5', rates }, cli);
    await addKey(running, 'openai');
    const own = pricesSent(running).at(-1);
    await settle(running, priced(shippedPrices(), { requestId: 'req_list' }));
    await settle(running, priced(own ?? shippedPrices(), { requestId: 'req_own' }));
    await control.perform('price.set', { ...(state.own[0] ?? { provider: '', model: '' }), rates: { input: 9 } }, cli);
    await control.perform('price.update', {}, cli);
    const explain = (requestId: string) => control.perform('usage.explain', { requestId }, cli);
    expect(await explain('req_list')).toMatchObject({ isWhole: true, costMicroUsd: 280, priceVersion: shippedVersion });
    expect(await explain('req_own')).toMatchObject({ isWhole: true, source: 'own', costMicroUsd: 140 });
  });

  test('says honestly why there is nothing to add up', async () => {
    const running = await startControl();
    const none = { priceVersion: null };
    await settle(
      running,
      usageRecord({ requestId: 'unknown', ...none, costMicroUsd: null }),
      usageRecord({ requestId: 'denied', ...none, costMicroUsd: 0, outcome: 'denied', status: 402 }),
      usageRecord({ requestId: 'reserved', ...none, costMicroUsd: 500 }),
      usageRecord({ requestId: 'told', priceVersion: 'told by the provider', costMicroUsd: 7, toldCostMicroUsd: 7 }),
      usageRecord({ requestId: 'gone', priceVersion: 'genai-prices 0.0.1 (2020-01-01)' }),
    );
    const sources = await Promise.all(
      ['unknown', 'denied', 'reserved', 'told', 'gone'].map(async (requestId) => {
        const { source, notes } = await running.control.perform('usage.explain', { requestId }, cli);
        return [source, notes.length];
      }),
    );
    expect(sources).toEqual([
      ['unknown', 1],
      ['free', 1],
      ['reserved', 1],
      ['told', 1],
      ['unknown', 1],
    ]);
    expect(await codeOf(running.control.perform('usage.explain', { requestId: 'nobody' }, cli))).toBe('not_found');
  });
});

describe('the list', () => {
  test('is updated on request, kept for this user only, in force after a restart, and told to the gateway', async () => {
    const home = temporaryFolder();
    const vault = createFakeVault();
    const first = await startControl({ home, vault, changes: { fetch: fakeRegistry(published).fetch } });
    await addKey(first, 'openai');
    const update = await first.control.perform('price.update', {}, cli);
    expect(update).toEqual({ changed: true, before: shippedVersion, version: newVersion });
    expect(pricesSent(first).at(-1)?.version).toBe(newVersion);
    expect((await first.control.perform('status.read', {}, cli)).priceVersion).toBe(newVersion);
    const kept = join(home, 'prices', 'genai-prices-0.1.9.json');
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    await first.control.close(0);
    const { control } = await startControl({ home, vault });
    expect(await control.perform('price.read', {}, cli)).toMatchObject({ version: newVersion, shippedVersion });
  });

  test('stays the last good one when an update fails or a kept file is damaged', async () => {
    const home = temporaryFolder();
    const vault = createFakeVault();
    const broken = fakeRegistry({ ...published, tarball: Buffer.from('x') });
    const first = await startControl({ home, vault, changes: { fetch: broken.fetch } });
    expect(await codeOf(first.control.perform('price.update', {}, cli))).toBe('prices_not_updated');
    const names = () => readdirSync(join(home, 'prices'));
    await expect.poll(names).toEqual([`genai-prices-${shippedCatalogue.version}.json`]);
    await first.control.close(0);
    const changed = { ...shippedCatalogue, version: '0.1.9', date: '2026-11-20', sha256: '0'.repeat(64) };
    writeFileSync(join(home, 'prices', 'genai-prices-0.1.9.json'), JSON.stringify(changed));
    writeFileSync(join(home, 'prices', 'genai-prices-0.2.0.json'), '{"format":');
    const second = await startControl({ home, vault });
    expect((await second.control.perform('price.read', {}, cli)).version).toBe(shippedVersion);
    expect(second.log.filter((event) => event === 'price-catalogue-not-read')).toHaveLength(2);
  });

  test('is in force even where its folder can\u2019t be written', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, 'prices'), '');
    chmodSync(join(home, 'prices'), 0o400);
    const running = await startControl({ home, changes: { fetch: fakeRegistry(published).fetch } });
    expect((await running.control.perform('price.read', {}, cli)).version).toBe(shippedVersion);
    expect(await codeOf(running.control.perform('price.update', {}, cli))).toBe('storage_unavailable');
    expect(existsSync(join(home, 'prices', 'x'))).toBe(false);
  });

  test('is fetched every week when the user wants that, and never otherwise', async () => {
    const clock = createFakeClock();
    const registry = fakeRegistry({ ...published, version: shippedCatalogue.version });
    const running = await startControl({ clock, changes: { fetch: registry.fetch } });
    const { control } = running;
    const looked = () => registry.asked.length;
    expect(looked()).toBe(0);
    await control.perform('settings.update', { priceUpdates: 'weekly' }, cli);
    await expect.poll(looked).toBe(1);
  });

  test('can be searched, and compared with a second one', async () => {
    const { control } = await startControl();
    const rows = await control.perform('price.list', { provider: 'anthropic', text: 'SONNET-4-5' }, cli);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      steps: [
        { above: 0, rates: { input: 3_000_000 } },
        { above: 200_000, rates: { input: 6_000_000 } },
      ],
    });
    const check = await control.perform('price.check', {}, cli);
    expect(check).toMatchObject({ version: shippedVersion, otherVersion: expect.stringMatching(/^llm-zoo /) });
    expect(check.differences).toContainEqual({
      ...{ provider: 'google', model: 'gemini-2.5-pro', kind: 'cachedInput' },
      ...{ priceMicroUsd: 125_000, otherMicroUsd: 312_500 },
    });
  });
});
