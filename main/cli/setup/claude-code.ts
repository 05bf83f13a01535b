import { join } from 'node:path';
import { editJson, readJson } from './edit-json.ts';
import type { ToolSetup } from './tool-setup.ts';

/** Seconds a token lives, and milliseconds after which the tool asks for the next: a little sooner, so that no call meets an expired one. */
const lifetimes = { token: '1h', refreshMs: 55 * 60 * 1_000 } as const;

/** Claude Code: `apiKeyHelper` fetches the token. https://docs.claude.com/en/docs/claude-code/settings */
export const claudeCode: ToolSetup = {
  id: 'claude-code',
  name: 'Claude Code',
  files: ({ environment, homeDirectory }) => [
    join(environment.CLAUDE_CONFIG_DIR ?? join(homeDirectory, '.claude'), 'settings.json'),
  ],
  edit(text, { providers: [provider], toll }) {
    if (!provider) return text;
    const scopes = `${provider.id}:chat ${provider.id}:models`;
    const helper = `${toll.map(quoteForShell).join(' ')} token --tool claude-code --scope "${scopes}" --ttl ${lifetimes.token}`;
    return editJson(text, [
      { path: ['apiKeyHelper'], value: helper },
      { path: ['env', 'ANTHROPIC_BASE_URL'], value: provider.url },
      { path: ['env', 'CLAUDE_CODE_API_KEY_HELPER_TTL_MS'], value: String(lifetimes.refreshMs) },
    ]);
  },
  read: readJson,
  command: 'claude',
  readsEnvironment: true,
  fetchesTokens: true,
  nextStep: 'Start claude as usual; it asks Tollkeeper for a token when it needs one.',
};

function quoteForShell(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `"${word.replace(/["\\$`]/g, '\\$&')}"`;
}
