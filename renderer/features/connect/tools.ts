import { anthropic } from '#shared/provider/anthropic.ts';
import { gemini } from '#shared/provider/gemini.ts';
import { providerIds } from '#shared/provider/index.ts';
import { openai } from '#shared/provider/openai.ts';
import type { ToolId } from '#shared/provider/tool/tool-providers.ts';
import {
  baseUrlOf,
  type ConnectTarget,
  exportLines,
  preferredProvider,
  type Snippet,
  tokenCommand,
} from './connect-target.ts';
import { unifiedSnippets } from './unified-snippets.ts';

/** Everything the page knows about one tool. */
export interface ConnectTool {
  readonly id: string;
  readonly name: string;
  readonly group: 'every' | 'tool' | 'code';
  /** The command that starts it with a token in its environment. */
  readonly run: string;
  /** The id that `toll setup` knows it by; null when it has no configuration to edit. */
  readonly setup: ToolId | null;
  /** True when, once set up, it fetches its own tokens; else it is still started through `toll run`. */
  readonly fetchesTokens: boolean;
  /** Names it gives itself when it asks; empty when any call may be the one. */
  readonly names: readonly string[];
  /** Providers it calls, most likely first. */
  readonly providers: readonly string[];
  /** The command in place of `run` where it holds what the target tells. */
  runWith?(target: ConnectTarget): string;
  /** What to paste by hand where there is no configuration to edit. */
  snippets?(target: ConnectTarget): readonly Snippet[];
}

const scriptName = 'my-script';
const terminal = 'In a terminal';

function environmentSnippet(providers: readonly string[], target: ConnectTarget): readonly Snippet[] {
  const provider = preferredProvider(providers, target);
  if (provider === undefined) return [];
  const token = tokenCommand(scriptName, `${provider.id}:chat`);
  return [{ where: terminal, text: exportLines(provider, target.gatewayUrl, token) }];
}

function codeSnippet(provider: string, target: ConnectTarget, write: (url: string) => string): readonly Snippet[] {
  const known = preferredProvider([provider], target);
  if (known === undefined) return [];
  return [{ where: 'Or in the code', text: write(baseUrlOf(known, target.gatewayUrl)) }];
}

function openaiCode(url: string): string {
  return [
    '# Python',
    `client = OpenAI(base_url="${url}", api_key=token)`,
    '',
    '// JavaScript',
    `const client = new OpenAI({ baseURL: '${url}', apiKey: token });`,
  ].join('\n');
}

function anthropicCode(url: string): string {
  return [
    '# Python',
    `client = Anthropic(base_url="${url}", auth_token=token)`,
    '',
    '// JavaScript',
    `const client = new Anthropic({ baseURL: '${url}', authToken: token });`,
  ].join('\n');
}

function geminiCode(url: string): string {
  return [
    '# Python',
    `client = genai.Client(api_key=token, http_options={"base_url": "${url}"})`,
    '',
    '// JavaScript',
    `const client = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: '${url}' } });`,
  ].join('\n');
}

function curlSnippet(target: ConnectTarget): readonly Snippet[] {
  const provider = preferredProvider([openai.id], target);
  if (provider === undefined) return [];
  const body = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hello' }] };
  const text = [
    `TOKEN="$(${tokenCommand('curl', `${provider.id}:chat`)})"`,
    `curl ${baseUrlOf(provider, target.gatewayUrl)}/chat/completions \\`,
    '  -H "Authorization: Bearer $TOKEN" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n');
  return [{ where: terminal, text }];
}

/** The tools of the page, in its order. */
export const connectTools: readonly ConnectTool[] = [
  {
    id: 'unified',
    name: 'One API for all',
    group: 'every',
    run: 'toll run --model MODEL -- claude',
    runWith: ({ unified }) => `toll run --model ${unified.model} -- claude`,
    setup: null,
    fetchesTokens: false,
    names: [],
    providers: providerIds,
    snippets: unifiedSnippets,
  },
  {
    id: 'claude-code',
    name: 'Claude Code',
    group: 'tool',
    run: 'toll run -- claude',
    setup: 'claude-code',
    fetchesTokens: true,
    names: ['claude', 'claude-code'],
    providers: [anthropic.id],
  },
  {
    id: 'codex',
    name: 'Codex',
    group: 'tool',
    run: 'toll run -- codex',
    setup: 'codex',
    fetchesTokens: true,
    names: ['codex'],
    providers: [openai.id],
  },
  {
    id: 'opencode',
    name: 'opencode',
    group: 'tool',
    run: 'toll run -- opencode',
    setup: 'opencode',
    fetchesTokens: false,
    names: ['opencode'],
    providers: [anthropic.id, openai.id, gemini.id],
  },
  {
    id: 'aider',
    name: 'aider',
    group: 'tool',
    run: 'toll run -- aider',
    setup: 'aider',
    fetchesTokens: false,
    names: ['aider'],
    providers: [openai.id, anthropic.id],
  },
  {
    id: 'continue',
    name: 'Continue',
    group: 'tool',
    run: 'toll run -- code .',
    setup: 'continue',
    fetchesTokens: false,
    names: ['code', 'continue'],
    providers: [anthropic.id, openai.id],
  },
  {
    id: 'zed',
    name: 'Zed',
    group: 'tool',
    run: 'toll run -- zed --foreground',
    setup: 'zed',
    fetchesTokens: false,
    names: ['zed'],
    providers: [anthropic.id, openai.id],
  },
  {
    id: 'openai-sdk',
    name: 'OpenAI SDK',
    group: 'code',
    run: 'toll run -- python app.py',
    setup: null,
    fetchesTokens: false,
    names: ['python', 'python3', 'node', scriptName],
    providers: [openai.id],
    snippets: (target) => [...environmentSnippet([openai.id], target), ...codeSnippet(openai.id, target, openaiCode)],
  },
  {
    id: 'anthropic-sdk',
    name: 'Anthropic SDK',
    group: 'code',
    run: 'toll run -- python app.py',
    setup: null,
    fetchesTokens: false,
    names: ['python', 'python3', 'node', scriptName],
    providers: [anthropic.id],
    snippets: (target) => [
      ...environmentSnippet([anthropic.id], target),
      ...codeSnippet(anthropic.id, target, anthropicCode),
    ],
  },
  {
    id: 'google-sdk',
    name: 'Google SDK',
    group: 'code',
    run: 'toll run -- python app.py',
    setup: null,
    fetchesTokens: false,
    names: ['python', 'python3', 'node', scriptName],
    providers: [gemini.id],
    snippets: (target) => [...environmentSnippet([gemini.id], target), ...codeSnippet(gemini.id, target, geminiCode)],
  },
  {
    id: 'curl',
    name: 'curl',
    group: 'code',
    run: 'toll run -- bash',
    setup: null,
    fetchesTokens: false,
    names: ['curl', 'bash'],
    providers: [openai.id],
    snippets: curlSnippet,
  },
  {
    id: 'other',
    name: 'Anything else',
    group: 'code',
    run: 'toll run -- COMMAND',
    setup: null,
    fetchesTokens: false,
    names: [],
    providers: providerIds,
    snippets: (target) => environmentSnippet([...target.withKey, ...providerIds], target),
  },
];

/** The tool by that id, or the first that is a tool. */
export function findConnectTool(id: string | undefined): ConnectTool | undefined {
  return connectTools.find((tool) => tool.id === id) ?? connectTools.find(({ group }) => group === 'tool');
}
