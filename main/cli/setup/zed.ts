import { join } from 'node:path';
import { editJson, readJson } from './edit-json.ts';
import type { ToolSetup } from './tool-setup.ts';

/** Zed: `api_url` of each provider; the key comes from the environment, which wins over Zed's own store. https://zed.dev/docs/ai/use-api-access */
export const zed: ToolSetup = {
  id: 'zed',
  name: 'Zed',
  files({ environment, homeDirectory, platform }) {
    if (platform === 'win32')
      return [join(environment.APPDATA ?? join(homeDirectory, 'AppData', 'Roaming'), 'Zed', 'settings.json')];
    const configuration = platform === 'linux' ? environment.XDG_CONFIG_HOME : undefined;
    return [join(configuration ?? join(homeDirectory, '.config'), 'zed', 'settings.json')];
  },
  edit: (text, { providers }) =>
    editJson(
      text,
      providers.map(({ name, url }) => ({ path: ['language_models', name, 'api_url'], value: url })),
    ),
  read: readJson,
  command: 'zed',
  readsEnvironment: false,
  fetchesTokens: false,
  nextStep: 'Quit Zed, then start it with: toll run -- zed --foreground',
};
