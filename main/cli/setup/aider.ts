import { join } from 'node:path';
import { isMap } from 'yaml';
import { findPair, parseYaml, readYaml, setText } from './edit-yaml.ts';
import { applySplices } from './splice.ts';
import { editRefused, endWithBreak, lineBreakOf, proveEdit } from './text.ts';
import type { ToolSetup } from './tool-setup.ts';

/** aider: the base URL of OpenAI-like models; keys and other base URLs come from the environment. https://aider.chat/docs/config/aider_conf.html */
export const aider: ToolSetup = {
  id: 'aider',
  name: 'aider',
  files: ({ homeDirectory }) => [join(homeDirectory, '.aider.conf.yml')],
  edit(text, { providers: [provider] }) {
    if (!provider) return text;
    const { name: key, url: value } = provider;
    const document = text.trim() === '' ? undefined : parseYaml(text);
    const root = document?.contents;
    if (root && !isMap(root)) throw editRefused('The file does not hold a YAML map.');
    const edited =
      root && isMap(root) && findPair(root, key)
        ? applySplices(text, [setText(text, root, { key, value, after: key })])
        : `${endWithBreak(text)}${key}: ${JSON.stringify(value)}${lineBreakOf(text)}`;
    proveEdit(readYaml(edited), { ...document?.toJS(), [key]: value });
    return edited;
  },
  read: readYaml,
  command: 'aider',
  readsEnvironment: true,
  fetchesTokens: false,
  nextStep: 'Start it with: toll run -- aider',
};
