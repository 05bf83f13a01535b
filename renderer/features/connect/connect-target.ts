import type { ProviderSummary } from '#renderer/api/use-providers.ts';
import type { ToolId } from '#shared/provider/tool/tool-providers.ts';
import { findToolProviders } from '#shared/provider/tool/tool-providers.ts';

/** What the lines to paste are made from. */
export interface ConnectTarget {
  /** The gateway's address without a slash at its end. */
  readonly gatewayUrl: string;
  readonly providers: readonly ProviderSummary[];
  /** Ids of the providers that have a key. */
  readonly withKey: ReadonlySet<string>;
  /** What the lines for the unified API call. */
  readonly unified: { readonly model: string; readonly scopes: readonly string[] };
}

/** Lines to paste, and where. */
export interface Snippet {
  /** A file, or `In a terminal`. */
  readonly where: string;
  readonly text: string;
}

/** One provider as a tool's own configuration is to see it. */
export interface TargetProvider {
  readonly id: string;
  /** The tool's own name for it. */
  readonly name: string;
  readonly url: string;
  readonly keyVariable: string;
}

/** A tool's providers on the gateway as `toll setup` takes them: those with a key, or the first when none has one. */
export function targetProviders(tool: ToolId, target: ConnectTarget): readonly TargetProvider[] {
  const known = Object.entries(findToolProviders(tool) ?? {}).flatMap(([id, { name, path, keyVariable }]) =>
    name === null ? [] : [{ id, name, keyVariable, url: `${target.gatewayUrl}${path}` }],
  );
  const withKey = known.filter(({ id }) => target.withKey.has(id));
  return withKey.length > 0 ? withKey : known.slice(0, 1);
}

/** A provider's base URL on the gateway, as its own SDK means it. */
export function baseUrlOf(provider: Pick<ProviderSummary, 'id' | 'basePath'>, gatewayUrl: string): string {
  return `${gatewayUrl}/${provider.id}${provider.basePath}`;
}

/** The first of the wished providers that has a key, else the first of them. */
export function preferredProvider(wished: readonly string[], target: ConnectTarget): ProviderSummary | undefined {
  const known = wished.flatMap((id) => target.providers.filter((provider) => provider.id === id));
  return known.find(({ id }) => target.withKey.has(id)) ?? known[0];
}

/** `export` lines with a provider's base URL and a fresh token, for a terminal. */
export function exportLines(provider: ProviderSummary, gatewayUrl: string, token: string): string {
  const url = baseUrlOf(provider, gatewayUrl);
  return Object.entries(provider.environment)
    .map(([name, template]) =>
      template.includes('{token}')
        ? `export ${name}="$(${token})"`
        : `export ${name}=${template.replace('{url}', url)}`,
    )
    .join('\n');
}

/** The command that asks for a token and prints it. */
export function tokenCommand(tool: string, scope: string): string {
  return `toll token --tool ${tool} --scope ${scope} --ttl 1h`;
}
