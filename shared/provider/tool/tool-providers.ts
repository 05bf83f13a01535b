/** How one tool's configuration speaks of one provider. */
export interface ToolProvider {
  /** The provider's name in the tool's own configuration; null when only the environment can point the tool elsewhere. */
  readonly name: string | null;
  /** Path below the gateway's base URL that the tool's setting must end in. */
  readonly path: string;
  /** Environment variable from which the tool takes the key of this provider. */
  readonly keyVariable: string;
}

/** Providers a tool can be pointed at, by Tollkeeper's provider id. */
export type ToolProviders = Readonly<Record<string, ToolProvider>>;

/**
 * The tools that `toll setup` knows and the providers each can reach through the gateway. Names and paths are facts of the tools:
 * https://opencode.ai/docs/providers, https://docs.continue.dev/reference, https://zed.dev/docs/ai/use-api-access,
 * https://aider.chat/docs/config/aider_conf.html, https://developers.openai.com/codex/config-reference,
 * https://docs.claude.com/en/docs/claude-code/llm-gateway.
 */
export const toolProviders = {
  'claude-code': {
    anthropic: { name: 'anthropic', path: '/anthropic', keyVariable: 'ANTHROPIC_AUTH_TOKEN' },
  },
  codex: {
    openai: { name: 'tollkeeper', path: '/openai/v1', keyVariable: 'OPENAI_API_KEY' },
  },
  opencode: {
    anthropic: { name: 'anthropic', path: '/anthropic/v1', keyVariable: 'ANTHROPIC_AUTH_TOKEN' },
    openai: { name: 'openai', path: '/openai/v1', keyVariable: 'OPENAI_API_KEY' },
    gemini: { name: 'google', path: '/gemini/v1beta', keyVariable: 'GEMINI_API_KEY' },
    mistral: { name: 'mistral', path: '/mistral/v1', keyVariable: 'MISTRAL_API_KEY' },
    openrouter: { name: 'openrouter', path: '/openrouter/api/v1', keyVariable: 'OPENROUTER_API_KEY' },
    groq: { name: 'groq', path: '/groq/openai/v1', keyVariable: 'GROQ_API_KEY' },
    xai: { name: 'xai', path: '/xai/v1', keyVariable: 'XAI_API_KEY' },
  },
  aider: {
    openai: { name: 'openai-api-base', path: '/openai/v1', keyVariable: 'OPENAI_API_KEY' },
    anthropic: { name: null, path: '/anthropic', keyVariable: 'ANTHROPIC_API_KEY' },
  },
  continue: {
    anthropic: { name: 'anthropic', path: '/anthropic/v1/', keyVariable: 'ANTHROPIC_AUTH_TOKEN' },
    openai: { name: 'openai', path: '/openai/v1/', keyVariable: 'OPENAI_API_KEY' },
    gemini: { name: 'gemini', path: '/gemini/v1beta/', keyVariable: 'GEMINI_API_KEY' },
    mistral: { name: 'mistral', path: '/mistral/v1/', keyVariable: 'MISTRAL_API_KEY' },
    openrouter: { name: 'openrouter', path: '/openrouter/api/v1/', keyVariable: 'OPENROUTER_API_KEY' },
    groq: { name: 'groq', path: '/groq/openai/v1/', keyVariable: 'GROQ_API_KEY' },
    xai: { name: 'xAI', path: '/xai/v1/', keyVariable: 'XAI_API_KEY' },
  },
  zed: {
    anthropic: { name: 'anthropic', path: '/anthropic', keyVariable: 'ANTHROPIC_API_KEY' },
    openai: { name: 'openai', path: '/openai/v1', keyVariable: 'OPENAI_API_KEY' },
    gemini: { name: 'google', path: '/gemini', keyVariable: 'GEMINI_API_KEY' },
    mistral: { name: 'mistral', path: '/mistral/v1', keyVariable: 'MISTRAL_API_KEY' },
    openrouter: { name: 'open_router', path: '/openrouter/api/v1', keyVariable: 'OPENROUTER_API_KEY' },
    xai: { name: 'x_ai', path: '/xai/v1', keyVariable: 'XAI_API_KEY' },
  },
} as const satisfies Record<string, ToolProviders>;

/** A tool that `toll setup` knows. */
export type ToolId = keyof typeof toolProviders;

/** The ids of the known tools, in the order lists show them. */
export const toolIds = Object.keys(toolProviders) as readonly ToolId[];

/** True for the id of a known tool. */
export function isToolId(text: string): text is ToolId {
  return Object.hasOwn(toolProviders, text);
}

/** The providers of a known tool, or undefined. */
export function findToolProviders(tool: string): ToolProviders | undefined {
  return isToolId(tool) ? toolProviders[tool] : undefined;
}

/** Providers the demonstration pretends to be, with the path of each SDK's base URL on the pretend server. */
export const demoProviders: readonly { readonly provider: string; readonly basePath: string }[] = [
  { provider: 'openai', basePath: '/v1' },
  { provider: 'anthropic', basePath: '' },
  { provider: 'gemini', basePath: '' },
];
