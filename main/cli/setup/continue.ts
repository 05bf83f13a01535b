import { join } from 'node:path';
import { isMap, stringify, type YAMLMap } from 'yaml';
import { findPair, mapsIn, parseYaml, readYaml, setText } from './edit-yaml.ts';
import { applySplices, type Splice } from './splice.ts';
import { editRefused, lineBreakOf, proveEdit } from './text.ts';
import type { SetupProvider, ToolSetup } from './tool-setup.ts';

/** Continue: `apiBase` and `apiKey` of every model of a known provider. https://docs.continue.dev/reference */
export const continueDev: ToolSetup = {
  id: 'continue',
  name: 'Continue',
  files: ({ environment, homeDirectory }) => [
    join(environment.CONTINUE_GLOBAL_DIR ?? join(homeDirectory, '.continue'), 'config.yaml'),
  ],
  edit(text, { providers }) {
    if (text.trim() === '') return newConfiguration(providers).replaceAll('\n', lineBreakOf(text));
    const document = parseYaml(text);
    const root = document.contents;
    const models = isMap(root) ? mapsIn(findPair(root, 'models')?.value) : [];
    const splices = models.flatMap((model) => spliceModel(text, model, providers));
    if (splices.length === 0)
      throw editRefused('No model in the file belongs to a provider with a stored key; add one in Continue first.');
    const edited = applySplices(text, splices);
    proveEdit(readYaml(edited), expected(document.toJS(), providers));
    return edited;
  },
  read: readYaml,
  command: 'cn',
  readsEnvironment: false,
  fetchesTokens: false,
  nextStep: 'Start your editor with: toll run -- code .',
};

function spliceModel(text: string, model: YAMLMap, providers: readonly SetupProvider[]): readonly Splice[] {
  const changes = changesFor(model.toJSON(), providers);
  return changes.map(([key, value]) => setText(text, model, { key, value, after: 'provider' }));
}

/** What to set on one model: nothing when it belongs to no known provider, or to a server of the user's own. */
function changesFor(model: unknown, providers: readonly SetupProvider[]): readonly (readonly [string, string])[] {
  if (model === null || typeof model !== 'object') return [];
  const facts: { readonly provider?: unknown; readonly apiBase?: unknown } = model;
  const provider = providers.find(({ name }) => name === facts.provider);
  if (!provider || !belongsTo(provider, facts.apiBase)) return [];
  return [
    ['apiBase', provider.url],
    ['apiKey', secretReference(provider)],
  ];
}

/** Another address is another server, whatever protocol it speaks: only the provider's own and the gateway's are replaced. */
function belongsTo(provider: SetupProvider, apiBase: unknown): boolean {
  if (apiBase === undefined || apiBase === null) return true;
  const host = hostOf(apiBase);
  return host !== null && (host === hostOf(provider.url) || host === hostOf(provider.originalUrl));
}

function hostOf(url: unknown): string | null {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).host : null;
}

function expected(before: unknown, providers: readonly SetupProvider[]): unknown {
  if (before === null || typeof before !== 'object' || !('models' in before) || !Array.isArray(before.models))
    return before;
  const models = before.models.map((model: unknown) => ({
    ...Object(model),
    ...Object.fromEntries(changesFor(model, providers)),
  }));
  return { ...before, models };
}

function secretReference({ keyVariable }: SetupProvider): string {
  return `\${{ secrets.${keyVariable} }}`;
}

/** A first configuration: Continue asks each provider for its models. */
function newConfiguration(providers: readonly SetupProvider[]): string {
  const models = providers.map((provider) => ({
    name: `${provider.name} (Tollkeeper)`,
    provider: provider.name,
    model: 'AUTODETECT',
    apiBase: provider.url,
    apiKey: secretReference(provider),
  }));
  return stringify({ name: 'Local Config', version: '1.0.0', schema: 'v1', models });
}
