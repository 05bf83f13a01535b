import { expect, test } from 'vitest';
import { prepareUpstream } from '#main/gateway/state/upstream.ts';
import { createFakeVault } from '#test/fakes/fake-vault.ts';
import { registeredIdentity, startTokenService } from '#test/fakes/token-service.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { callerOf, startControl } from '../running-control.ts';

async function started() {
  const home = temporaryFolder();
  const vault = createFakeVault();
  const running = await startControl({ home, vault, changes: { fetch } });
  const service = await startTokenService(running.clock.now);
  const { perform } = running.control;
  const wish = { provider: 'anthropic', identity: registeredIdentity, baseUrl: service.url, verify: true };
  return { ...running, home, service, perform, wish, lease: () => running.gateways.current.snapshot?.upstreams[0] };
}

test('a provider without a stored key is called with a token in the place that the provider wants it', async () => {
  const { perform, service, wish, vault, lease } = await started();
  service.trusted = await perform('identity.read', { provider: 'anthropic' }, callerOf());
  const added = await perform('credential.addKeyless', wish, callerOf());
  expect(added).toMatchObject({
    ...{ fingerprint: 'no stored key', label: 'Anthropic', isDefault: true, vaultState: 'present' },
    identity: registeredIdentity,
    verification: { outcome: 'accepted', models: ['claude-sonnet-4-5'] },
  });
  const [token = ''] = service.given;
  expect(lease()).toMatchObject({ secret: token, isToken: true });
  expect([...vault.items.values()].join('')).not.toContain(token);
  const upstream = prepareUpstream(lease() ?? expect.fail('no lease'));
  expect(upstream?.keyHeader).toEqual([
    ...['authorization', `Bearer ${token}`],
    ...['anthropic-beta', 'oauth-2025-04-20'],
  ]);
  expect(service.calls[0]).toMatchObject({ 'anthropic-beta': 'oauth-2025-04-20', 'anthropic-version': '2023-06-01' });
  expect(
    await codeOf(Promise.resolve().then(() => perform('rotation.start', { credentialId: added.id }, callerOf()))),
  ).toBe('rotation_unsupported');
});

test('nothing is stored when the provider does not trust us', async () => {
  const { perform, wish } = await started();
  expect(await codeOf(perform('credential.addKeyless', wish, callerOf()))).toBe('key_rejected');
  expect(await perform('credential.list', {}, callerOf())).toEqual([]);
  expect(await codeOf(perform('credential.addKeyless', { ...wish, provider: 'openai' }, callerOf()))).toBe(
    'invalid_request',
  );
});

test('a restart asks for a new token, and until there is one the provider has no key', async () => {
  const { perform, service, wish, vault, home, clock, control } = await started();
  service.trusted = await perform('identity.read', { provider: 'anthropic' }, callerOf());
  await perform('credential.addKeyless', wish, callerOf());
  await control.close(0);
  const again = await startControl({ home, vault, clock, changes: { fetch } });
  await again.until('credentials', () => again.gateways.current.snapshot?.upstreams[0]?.secret === 'sk-ant-oat01-2');
  expect(service.given).toEqual(['sk-ant-oat01-1', 'sk-ant-oat01-2']);
});
