import { catalogueTitle } from '#shared/model/price.ts';
import type { Endpoint, Provider } from '#shared/model/provider.ts';
import { type Capability, capabilities } from '#shared/model/scope.ts';
import { customDefinitionId, providers } from '#shared/provider/index.ts';
import { shippedCatalogue } from '#test/fixtures/shipped-prices.ts';
import { code, origin, page, table } from './markdown.ts';

const all = Object.values(providers);

function pricing(provider: Provider): string {
  if (provider.priceId === null) {
    return 'free';
  }
  return shippedCatalogue.providers.some(({ id }) => id === provider.priceId) ? 'catalogue' : 'unpriced';
}

function keyHeader({ key }: Provider): string {
  return code(`${key.header}: ${key.prefix}…`);
}

function endpointLine(endpoint: Endpoint, provider: Provider): string {
  return code(`${endpoint.method} ${provider.basePath}${endpoint.path}`);
}

function byCapability(provider: Provider): readonly (readonly string[])[] {
  return (Object.keys(capabilities) as Capability[]).flatMap((capability) => {
    const endpoints = provider.endpoints.filter((endpoint) => endpoint.capability === capability);
    return endpoints.length === 0
      ? []
      : [[capability, endpoints.map((endpoint) => endpointLine(endpoint, provider)).join('<br>')]];
  });
}

function section(provider: Provider): string {
  const variables = Object.entries(provider.environment).map(([name, value]) => code(`${name}=${value}`));
  const key =
    provider.keyForm === null ? 'have no fixed form' : `look like ${code(`${provider.keyForm.example.slice(0, 10)}…`)}`;
  return [
    `## ${provider.name}`,
    `Keys ${key}; [make one](${provider.consoleUrl}). \`toll run\` sets ${variables.join(', ')}. Source: [${new URL(provider.documentation).hostname}](${provider.documentation}).`,
    table(['capability', 'endpoints, below the provider\u2019s id'], byCapability(provider)),
  ].join('\n\n');
}

/** docs/providers.md. */
export function providersPage(): string {
  return page(
    '# Providers',
    origin('shared/provider/'),
    'A request to `/{id}/…` on the gateway goes to the provider with that id, in the provider\u2019s own protocol. Only the endpoints below are passed on: nothing that manages accounts, keys, billing or fine-tuning, and nothing that would hand a tool a key of the provider. `WEBSOCKET` stands for a live session: a GET that asks for an upgrade. Moderation and token counting count as chat, reranking as embeddings. `custom` is the template of the providers that you name yourself with `toll key add NAME --base-url URL`.',
    `Prices are those of the shipped catalogue, ${code(catalogueTitle(shippedCatalogue))}, until a newer one is fetched. A model that it does not know is recorded as unpriced and refused under a budget.`,
    table(
      ['id', 'provider', 'upstream', 'SDK base URL', 'key goes as', 'errors like', 'price'],
      all.map((provider) => [
        code(provider.id),
        provider.name,
        provider.baseUrl === null ? 'given with `--base-url`' : code(provider.baseUrl),
        code(`/${provider.id === customDefinitionId ? 'NAME' : provider.id}${provider.basePath}`),
        keyHeader(provider),
        provider.errorShape,
        pricing(provider),
      ]),
    ),
    ...all.map(section),
  );
}
