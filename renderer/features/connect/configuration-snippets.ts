import type { ToolId } from '#shared/provider/tool/tool-providers.ts';
import { type ConnectTarget, type Snippet, type TargetProvider, targetProviders } from './connect-target.ts';

type Write = (providers: readonly TargetProvider[]) => string;

/** A little less than the token's hour, so that no call meets an expired one. */
const refreshMs = 55 * 60 * 1_000;
/** The token command may wait for a person. */
const answerMs = 65_000;

const json = (value: unknown): string => JSON.stringify(value, null, 2);
const scopesOf = (provider: TargetProvider | undefined): string =>
  provider === undefined ? '' : `${provider.id}:chat ${provider.id}:models`;

function writeClaudeCode([provider]: readonly TargetProvider[]): string {
  return json({
    apiKeyHelper: `toll token --tool claude-code --scope "${scopesOf(provider)}" --ttl 1h`,
    env: {
      ANTHROPIC_BASE_URL: provider?.url,
      CLAUDE_CODE_API_KEY_HELPER_TTL_MS: String(refreshMs),
    },
  });
}

function writeCodex([provider]: readonly TargetProvider[]): string {
  const name = provider?.name ?? '';
  const words = ['token', '--tool', 'codex', '--scope', scopesOf(provider), '--ttl', '1h'];
  return [
    `model_provider = "${name}"`,
    '',
    `[model_providers.${name}]`,
    'name = "Tollkeeper"',
    `base_url = "${provider?.url ?? ''}"`,
    'wire_api = "responses"',
    '',
    `[model_providers.${name}.auth]`,
    'command = "toll"',
    `args = [${words.map((word) => JSON.stringify(word)).join(', ')}]`,
    `timeout_ms = ${answerMs}`,
    `refresh_interval_ms = ${refreshMs}`,
  ].join('\n');
}

function writeOpencode(providers: readonly TargetProvider[]): string {
  const entries = providers.map(({ name, url, keyVariable }) => [
    name,
    { options: { baseURL: url, apiKey: `{env:${keyVariable}}` } },
  ]);
  return json({ provider: Object.fromEntries(entries) });
}

function writeContinue(providers: readonly TargetProvider[]): string {
  const models = providers.flatMap(({ name, url, keyVariable }) => [
    `  - name: ${name} (Tollkeeper)`,
    `    provider: ${name}`,
    '    model: AUTODETECT',
    `    apiBase: ${url}`,
    `    apiKey: \${{ secrets.${keyVariable} }}`,
  ]);
  return ['name: Local Config', 'version: 1.0.0', 'schema: v1', 'models:', ...models].join('\n');
}

function writeZed(providers: readonly TargetProvider[]): string {
  return json({ language_models: Object.fromEntries(providers.map(({ name, url }) => [name, { api_url: url }])) });
}

const configurations: Readonly<Record<ToolId, { readonly where: string; readonly write: Write }>> = {
  'claude-code': { where: '~/.claude/settings.json', write: writeClaudeCode },
  codex: { where: '~/.codex/config.toml', write: writeCodex },
  opencode: { where: '~/.config/opencode/opencode.json', write: writeOpencode },
  aider: { where: '~/.aider.conf.yml', write: ([provider]) => `${provider?.name ?? ''}: ${json(provider?.url)}` },
  continue: { where: '~/.continue/config.yaml', write: writeContinue },
  zed: { where: '~/.config/zed/settings.json', write: writeZed },
};

/** What `toll setup` would write into a tool's empty configuration. */
export function configurationSnippet(tool: ToolId, target: ConnectTarget): Snippet {
  const { where, write } = configurations[tool];
  return { where, text: write(targetProviders(tool, target)) };
}
