import type { Alias } from '#shared/model/alias.ts';
import type { Credential } from '#shared/model/credential.ts';
import { openai } from '#shared/provider/openai.ts';
import { unifiedEnvironment } from '#shared/provider/tool/unified-environment.ts';
import { type ConnectTarget, type Snippet, tokenCommand } from './connect-target.ts';

/** The model that the lines for the unified API call, and what a token for it may do. */
export interface UnifiedExample {
  /** `provider/model`, or an alias. */
  readonly model: string;
  readonly scopes: readonly string[];
}

const fallbackModel = 'gpt-5-mini';
const notForChat = /embed|whisper|tts|dall|image|moderation|rerank/i;

function firstModel({ provider, verification }: Credential): UnifiedExample | null {
  const model = verification?.models.find((id) => !notForChat.test(id));
  return model === undefined ? null : { model: `${provider}/${model}`, scopes: [`${provider}:chat`] };
}

/** An alias where there is one, else a model that a key reaches. */
export function unifiedExample(
  aliases: Pick<Alias, 'name' | 'targets'>[],
  credentials: readonly Credential[],
): UnifiedExample {
  const [alias] = aliases;
  if (alias !== undefined) {
    const scopes = [...new Set(alias.targets.map(({ provider }) => `${provider}:chat`))];
    return { model: alias.name, scopes };
  }
  const found = credentials.map(firstModel).find((example) => example !== null);
  return found ?? { model: `${openai.id}/${fallbackModel}`, scopes: [`${openai.id}:chat`] };
}

function agentLines(gatewayUrl: string, model: string, token: string): string {
  const lines = Object.entries(unifiedEnvironment)
    .filter(([name]) => /^(?:ANTHROPIC|CLAUDE)_/.test(name))
    .map(([name, template]) => {
      if (template.includes('{token}')) return `export ${name}="$(${token})"`;
      return `export ${name}=${template.replace('{gateway}', gatewayUrl).replace('{model}', model)}`;
    });
  return [...lines, 'claude'].join('\n');
}

/** The unified API with curl, two SDKs, and an agent made for one provider that is led to another's model. */
export function unifiedSnippets({ gatewayUrl, unified }: ConnectTarget): readonly Snippet[] {
  const { model, scopes } = unified;
  const scope = scopes.length === 1 ? (scopes[0] ?? '') : `"${scopes.join(' ')}"`;
  const token = (tool: string): string => `TOKEN="$(${tokenCommand(tool, scope)})"`;
  const messages = [{ role: 'user', content: 'Hello' }];
  return [
    {
      where: 'curl',
      text: [
        token('curl'),
        `curl ${gatewayUrl}/v1/chat/completions \\`,
        '  -H "Authorization: Bearer $TOKEN" \\',
        '  -H "Content-Type: application/json" \\',
        `  -d '${JSON.stringify({ model, messages })}'`,
      ].join('\n'),
    },
    {
      where: 'OpenAI SDK',
      text: [
        `const client = new OpenAI({ baseURL: '${gatewayUrl}/v1', apiKey: token });`,
        'await client.chat.completions.create({',
        `  model: '${model}',`,
        "  messages: [{ role: 'user', content: 'Hello' }],",
        '});',
      ].join('\n'),
    },
    {
      where: 'Anthropic SDK',
      text: [
        `const client = new Anthropic({ baseURL: '${gatewayUrl}', authToken: token });`,
        'await client.messages.create({',
        `  model: '${model}',`,
        '  max_tokens: 1024,',
        "  messages: [{ role: 'user', content: 'Hello' }],",
        '});',
      ].join('\n'),
    },
    {
      where: 'Claude Code with this model, without toll run',
      text: agentLines(gatewayUrl, model, tokenCommand('claude-code', scope)),
    },
  ];
}
