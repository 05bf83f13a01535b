import { join } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { editRefused, endWithBreak, lineBreakOf, proveEdit } from './text.ts';
import type { SetupTarget, ToolSetup } from './tool-setup.ts';

/** The token command may wait for a person (60 s); Codex asks for the next token a little before the last one ends. */
const lifetimes = { token: '1h', refreshMs: 55 * 60 * 1_000, answerMs: 65_000 } as const;

/** Codex: a model provider whose bearer token comes from a command. https://developers.openai.com/codex/config-reference */
export const codex: ToolSetup = {
  id: 'codex',
  name: 'Codex',
  files: ({ environment, homeDirectory }) => [
    join(environment.CODEX_HOME ?? join(homeDirectory, '.codex'), 'config.toml'),
  ],
  edit(text, target) {
    const [provider] = target.providers;
    if (!provider) return text;
    const before = readToml(text);
    const table = providerTable(target, provider);
    const others = before.model_providers ?? {};
    if (typeof others !== 'object' || Array.isArray(others) || others instanceof Date)
      throw editRefused('model_providers is not a table.');
    if (provider.name in others) {
      throw editRefused(
        `The file already has [model_providers.${provider.name}], which Tollkeeper did not write; remove it first.`,
      );
    }
    const tables = stringify({ model_providers: { [provider.name]: table } }).replaceAll('\n', lineBreakOf(text));
    const withRoot = setRootKey(text, 'model_provider', provider.name);
    const edited = `${endWithBreak(withRoot)}${lineBreakOf(text)}${tables}`;
    proveEdit(readToml(edited), {
      ...before,
      model_provider: provider.name,
      model_providers: { ...others, [provider.name]: table },
    });
    return endWithBreak(edited);
  },
  read: readToml,
  command: 'codex',
  readsEnvironment: false,
  fetchesTokens: true,
  nextStep: 'Start codex as usual; it asks Tollkeeper for a token when it needs one.',
};

function providerTable({ toll }: SetupTarget, provider: { readonly id: string; readonly url: string }) {
  const [command = 'toll', ...first] = toll;
  const scopes = `${provider.id}:chat ${provider.id}:models`;
  return {
    name: 'Tollkeeper',
    base_url: provider.url,
    wire_api: 'responses',
    auth: {
      command,
      args: [...first, 'token', '--tool', 'codex', '--scope', scopes, '--ttl', lifetimes.token],
      timeout_ms: lifetimes.answerMs,
      refresh_interval_ms: lifetimes.refreshMs,
    },
  };
}

function readToml(text: string) {
  try {
    return parse(text);
  } catch {
    throw editRefused('The file is not valid TOML; correct it first.');
  }
}

/** Replaces a root key's line, or puts one above everything: root keys come before the first table. */
function setRootKey(text: string, key: string, value: string): string {
  const line = `${key} = ${JSON.stringify(value)}`;
  const firstTable = /^[ \t]*\[/m.exec(text)?.index ?? text.length;
  const present = new RegExp(`^([ \\t]*)${key}[ \\t]*=[^\\r\\n#]*?([ \\t]*#[^\\r\\n]*)?$`, 'm').exec(
    text.slice(0, firstTable),
  );
  if (!present) return `${line}${lineBreakOf(text)}${text}`;
  const replacement = `${present[1] ?? ''}${line}${present[2] ?? ''}`;
  return text.slice(0, present.index) + replacement + text.slice(present.index + present[0].length);
}
