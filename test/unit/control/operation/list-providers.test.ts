import { expect, test } from 'vitest';
import { listProviders } from '#main/control/operation/list-providers.ts';
import { operations } from '#shared/contract/operations.ts';
import { customDefinitionId, providerIds, providers } from '#shared/provider/index.ts';
import { credentialRecord } from '#test/fixtures/registry-records.ts';

test('lists every built-in provider once, and not the template of the user’s own', () => {
  const listed = listProviders(providers, []);
  expect(listed.map(({ id }) => id)).toEqual(providerIds.filter((id) => id !== customDefinitionId));
  expect(operations['provider.list'].output.safeParse(listed).success).toBe(true);
});

test('lists a provider that the user named by that name, with its own address', () => {
  const record = credentialRecord({
    provider: 'my-proxy',
    definition: customDefinitionId,
    label: 'Proxy',
    baseUrl: 'https://proxy.example/v1',
  });
  const listed = listProviders(providers, [record, { ...record, id: 'cred_2' }, credentialRecord()]);
  expect(listed.filter(({ custom }) => custom)).toMatchObject([
    { id: 'my-proxy', name: 'Proxy', baseUrl: 'https://proxy.example/v1' },
  ]);
});
