import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDeadlines } from '#main/control/deadlines.ts';
import { createIdentityDesk } from '#main/control/identity/identity-desk.ts';
import { identityKeyItem } from '#main/control/identity/identity-key.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import { providers } from '#shared/provider/index.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { createFakeVault } from '#test/fakes/fake-vault.ts';
import { registeredIdentity, startTokenService } from '#test/fakes/token-service.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { credentialRecord } from '#test/fixtures/registry-records.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

const secondMs = 1_000;

async function bench() {
  const clock = createFakeClock();
  const vault = createFakeVault();
  const registry = openRegistry({ path: join(temporaryFolder(), 'registry.db'), key: 'ab'.repeat(32) });
  onTestFinished(() => registry.close());
  const deadlines = createDeadlines({ clock, log: () => undefined, onSetBack: () => undefined });
  onTestFinished(() => deadlines.close());
  const service = await startTokenService(clock.now);
  let news = (): void => undefined;
  const open = () =>
    createIdentityDesk({
      ...{ vault, registry, providers, clock, deadlines, fetch, random: (bytes) => randomBytes(bytes) },
      onChange: () => news(),
    });
  const desk = open();
  service.trusted = await desk.card('anthropic');
  const credential = credentialRecord({
    ...{ id: 'cred_1', provider: 'anthropic', definition: 'anthropic', vaultItem: '', baseUrl: service.url },
    identity: registeredIdentity,
  });
  registry.credentials.insert(credential);
  return {
    ...{ clock, vault, registry, service, desk, credential, open },
    /** Time goes on, and what is due then has happened when this resolves. */
    async pass(seconds: number, happens: 'change' | 'nothing' | 'exchange' = 'nothing') {
      const before = service.exchanges.length;
      const changed = new Promise<void>((resolve) => {
        news = resolve;
      });
      clock.advance(seconds * secondMs);
      deadlines.check();
      if (happens === 'change') await changed;
      if (happens !== 'nothing') await desk.obtain(credential);
      return service.exchanges.length - before;
    },
    events: () => registry.audit.list({ limit: 50 }).map(({ event }) => event),
  };
}

test('sends what the provider documents, and gets a token that lives minutes', async () => {
  const { service, desk, credential } = await bench();
  expect(desk.tokenOf(credential)).toBeNull();
  expect(await desk.obtain(credential)).toMatchObject({ outcome: 'given', token: 'sk-ant-oat01-1' });
  expect(desk.tokenOf(credential)).toBe('sk-ant-oat01-1');
  const [sent] = service.exchanges;
  expect(sent?.headers['anthropic-beta']).toBe('oauth-2025-04-20,oidc-federation-2026-04-01');
  expect(Object.keys(sent?.body ?? {}).toSorted()).toEqual([
    ...['assertion', 'federation_rule_id', 'grant_type', 'organization_id', 'service_account_id'],
  ]);
  expect(service.exchanges).toHaveLength(1);
});

test('fetches the next token before the end, one at a time, and each with an assertion of its own', async () => {
  const { service, desk, credential, pass } = await bench();
  await desk.obtain(credential);
  expect(await pass(600 * 0.59)).toBe(0);
  expect(desk.tokenOf(credential)).toBe('sk-ant-oat01-1');
  await pass(600 * 0.22, 'exchange');
  expect(desk.tokenOf(credential)).toBe('sk-ant-oat01-2');
  const both = await Promise.all([desk.obtain(credential), desk.obtain(credential)]);
  expect(both[0]).toBe(both[1]);
  expect(service.exchanges).toHaveLength(3);
});

test('a refusal is told once, and the last token serves until its end', async () => {
  const { service, desk, credential, registry, pass, events } = await bench();
  await desk.obtain(credential);
  service.answer = 401;
  await pass(600 * 0.81, 'exchange');
  expect(registry.credentials.find('cred_1')?.verification).toMatchObject({ outcome: 'rejected' });
  expect(registry.credentials.find('cred_1')?.verification?.message).toContain('HTTP 401, invalid_grant');
  expect(desk.tokenOf(credential)).toBe('sk-ant-oat01-1');
  await desk.obtain(credential);
  expect(events().filter((event) => event === 'credential-token-refused')).toHaveLength(1);
  await pass(600 * 0.2, 'change');
  expect(desk.tokenOf(credential)).toBeNull();
  service.answer = null;
  await pass(301, 'exchange');
  expect(desk.tokenOf(credential)).toBe('sk-ant-oat01-2');
  expect(registry.credentials.find('cred_1')?.verification).toMatchObject({ outcome: 'accepted' });
  expect(events()).toContain('credential-token-given');
});

test('while the provider fails it is asked more and more seldom, and nothing is held against the rule', async () => {
  const { service, desk, credential, registry, pass } = await bench();
  service.answer = 503;
  await desk.obtain(credential);
  expect(await pass(2)).toBe(0);
  expect(await pass(3.5, 'exchange')).toBe(1);
  expect(await pass(4)).toBe(0);
  expect(await pass(6.5, 'exchange')).toBe(1);
  expect(registry.credentials.find('cred_1')?.verification?.outcome).not.toBe('rejected');
});

test('believes the provider’s clock where that is what it refuses, and counts a token’s life on no wall clock', async () => {
  const { service, desk, credential, clock, pass } = await bench();
  const ahead = 3_600 * secondMs;
  service.now = () => clock.now() + ahead;
  expect(await desk.obtain(credential)).toMatchObject({ outcome: 'given' });
  expect(service.exchanges).toHaveLength(2);
  clock.setWall(clock.now() - 7_200 * secondMs);
  service.now = () => clock.now();
  await pass(600 * 0.81, 'exchange');
  expect(desk.tokenOf(credential)).toBe('sk-ant-oat01-2');
});

test('is who it was after a restart, and never takes another identity for a lost one', async () => {
  const { service, credential, vault, desk, open } = await bench();
  await desk.obtain(credential);
  desk.rest();
  const again = open();
  expect(await again.card('anthropic')).toEqual(service.trusted);
  expect(await again.obtain(credential)).toMatchObject({ token: 'sk-ant-oat01-2' });
  again.rest();
  vault.items.delete(identityKeyItem);
  expect(await codeOf(open().card('anthropic'))).toBe('vault_item_missing');
  vault.lock(true);
  expect(await codeOf(open().card('anthropic'))).toBe('vault_locked');
  expect(await codeOf(open().card('openai'))).toBe('invalid_request');
});

test('put to rest, it holds no token and asks for none', async () => {
  const { service, desk, credential, pass } = await bench();
  await desk.obtain(credential);
  desk.rest();
  expect(await pass(900)).toBe(0);
  expect(service.exchanges).toHaveLength(1);
});
