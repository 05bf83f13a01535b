import type { CredentialRecord } from '#main/store/registry/registry.ts';
import type { OperationOutput } from '#shared/contract/operations.ts';
import type { Provider } from '#shared/model/provider.ts';
import { customDefinitionId } from '#shared/provider/index.ts';

type ProviderSummary = OperationOutput<'provider.list'>[number];

/** The built-in providers, then the ones that the user named when adding a key. */
export function listProviders(
  table: Readonly<Record<string, Provider>>,
  credentials: readonly CredentialRecord[],
): ProviderSummary[] {
  const builtIn = Object.values(table).filter((provider) => provider.id !== customDefinitionId);
  const named = new Map(
    credentials
      .filter((credential) => !Object.hasOwn(table, credential.provider))
      .map((credential) => [credential.provider, credential]),
  );
  return [
    ...builtIn.map((provider) => summaryOf(provider)),
    ...[...named.values()].flatMap((credential) => {
      const definition = table[credential.definition];
      return definition === undefined
        ? []
        : [
            {
              ...summaryOf(definition),
              id: credential.provider,
              name: credential.label,
              baseUrl: credential.baseUrl,
              custom: true,
            },
          ];
    }),
  ];
}

function summaryOf(provider: Provider): ProviderSummary {
  const { id, name, local, baseUrl, basePath, consoleUrl, keyForm, environment } = provider;
  return {
    id,
    name,
    local,
    baseUrl,
    basePath,
    consoleUrl,
    keyExample: keyForm?.example ?? null,
    environment: { ...environment },
    custom: false,
  };
}
