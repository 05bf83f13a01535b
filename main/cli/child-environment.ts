import type { OperationOutput } from '#shared/contract/operations.ts';
import type { Credential } from '#shared/model/credential.ts';
import { parseScope } from '#shared/policy/match-scope.ts';
import { findToolProviders } from '#shared/provider/tool/tool-providers.ts';
import { unifiedArguments, unifiedEnvironment } from '#shared/provider/tool/unified-environment.ts';

type ProviderSummary = OperationOutput<'provider.list'>[number];

/** What a child's environment is made from. */
export interface ChildEnvironmentSource {
  readonly parent: Readonly<Record<string, string | undefined>>;
  readonly providers: readonly ProviderSummary[];
  readonly credentials: readonly Credential[];
  readonly scopes: readonly string[];
  readonly gatewayUrl: string;
  readonly token: string;
  /** Name of the tool, for the variables that it alone reads. */
  readonly tool: string;
  /** Leads everything to the unified API with this model; null leaves each protocol with its own provider. */
  readonly model: string | null;
}

/** The environment, and the names of the provider keys that were taken out of it. */
export interface ChildEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  readonly removed: readonly string[];
}

const proxyVariables = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'] as const;
const loopbackNames = ['127.0.0.1', 'localhost', '::1'] as const;

/**
 * The parent's environment with base URLs and the token for every provider the scopes name, and without the user's own provider
 * keys. Where two providers share a variable, one with a stored key wins over one without, a built-in one over a custom one.
 */
export function childEnvironment(source: ChildEnvironmentSource): ChildEnvironment {
  const granted = grantedVariables(source);
  const keyNames = keyVariableNames(source.providers);
  const removed = [...keyNames]
    .filter((name) => source.parent[name] !== undefined && source.parent[name] !== source.token)
    .sort();
  const kept = Object.entries(source.parent).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !keyNames.has(entry[0]),
  );
  return {
    variables: {
      ...Object.fromEntries(kept),
      ...loopbackWithoutProxy(source.parent),
      ...granted,
      ...unifiedVariables(source),
    },
    removed,
  };
}

/** Names of environment variables in which a provider's key is usually kept. */
export function keyVariableNames(
  providers: readonly Pick<ProviderSummary, 'id' | 'environment'>[],
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const provider of providers) {
    names.add(`${provider.id.toUpperCase().replaceAll('-', '_')}_API_KEY`);
    for (const [name, template] of Object.entries(provider.environment))
      if (template.includes('{token}')) names.add(name);
  }
  return names;
}

function grantedVariables(source: ChildEnvironmentSource): Record<string, string> {
  const withKey = new Set(source.credentials.map((credential) => credential.provider));
  const wanted = new Set(source.scopes.map((scope) => parseScope(scope)?.provider));
  const rank = (provider: ProviderSummary) => (withKey.has(provider.id) ? (provider.custom ? 1 : 2) : 0);
  const covered = source.providers
    .filter((provider) => wanted.has('*') || wanted.has(provider.id))
    .filter((provider) => withKey.has(provider.id) || (!provider.local && !provider.custom))
    .sort((first, second) => rank(first) - rank(second));
  const variables: Record<string, string> = {};
  const toolProviders = findToolProviders(source.tool);
  for (const provider of covered) {
    const url = `${source.gatewayUrl}/${provider.id}${provider.basePath}`;
    for (const [name, template] of Object.entries(provider.environment)) {
      variables[name] = template.replaceAll('{url}', url).replaceAll('{token}', source.token);
    }
    const own = toolProviders?.[provider.id];
    if (own) variables[own.keyVariable] = source.token;
  }
  return variables;
}

/** Arguments that lead a tool to the unified API with this model where its environment does not; most need none. */
export function childArguments(
  source: Pick<ChildEnvironmentSource, 'model' | 'gatewayUrl'>,
  command: string,
): string[] {
  const { model, gatewayUrl } = source;
  const templates = Object.hasOwn(unifiedArguments, command) ? (unifiedArguments[command] ?? []) : [];
  return model === null
    ? []
    : templates.map((text) => text.replaceAll('{gateway}', gatewayUrl).replaceAll('{model}', model));
}

function unifiedVariables({ model, gatewayUrl, token }: ChildEnvironmentSource): Record<string, string> {
  if (model === null) return {};
  return Object.fromEntries(
    Object.entries(unifiedEnvironment).map(([name, template]) => [
      name,
      template.replaceAll('{gateway}', gatewayUrl).replaceAll('{token}', token).replaceAll('{model}', model),
    ]),
  );
}

/** A proxy for everything would be asked for the gateway too; these names keep it out. */
function loopbackWithoutProxy(parent: ChildEnvironmentSource['parent']): Record<string, string> {
  if (!proxyVariables.some((name) => parent[name])) return {};
  const present = (parent.NO_PROXY ?? parent.no_proxy ?? '').split(',').filter((name) => name !== '');
  const names = [...new Set([...present, ...loopbackNames])].join(',');
  return { NO_PROXY: names, no_proxy: names };
}
