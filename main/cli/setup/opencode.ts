import { join } from 'node:path';
import { editJson, readJson } from './edit-json.ts';
import type { ToolSetup } from './tool-setup.ts';

/** opencode: base URL and key of each provider; the key comes from the environment. https://opencode.ai/docs/config */
export const opencode: ToolSetup = {
  id: 'opencode',
  name: 'opencode',
  files({ environment, homeDirectory }) {
    if (environment.OPENCODE_CONFIG) return [environment.OPENCODE_CONFIG];
    const folder = join(environment.XDG_CONFIG_HOME ?? join(homeDirectory, '.config'), 'opencode');
    return [join(folder, 'opencode.json'), join(folder, 'opencode.jsonc')];
  },
  edit: (text, { providers }) =>
    editJson(
      text,
      providers.flatMap(({ name, url, keyVariable }) => [
        { path: ['provider', name, 'options', 'baseURL'], value: url },
        { path: ['provider', name, 'options', 'apiKey'], value: `{env:${keyVariable}}` },
      ]),
    ),
  read: readJson,
  command: 'opencode',
  readsEnvironment: false,
  fetchesTokens: false,
  nextStep: 'Start it with: toll run -- opencode',
};
