import type { Provider } from '../model/provider.ts';

/**
 * GitLab Duo, at gitlab.com or, with `--base-url`, at a server of one's own. Duo is paid by the seat, so its calls cost nothing
 * by themselves. Nothing else of GitLab is reachable: not the repositories, and not what would hand out another token. The variable
 * `GITLAB_TOKEN` is left alone, since other tools reach repositories with it.
 */
export const gitlab = {
  id: 'gitlab',
  name: 'GitLab Duo',
  baseUrl: 'https://gitlab.com/api/v4',
  basePath: '/api/v4',
  local: false,
  key: { header: 'private-token', prefix: '' },
  requiredHeaders: {},
  endpoints: [
    { method: 'POST', path: '/chat/completions', capability: 'chat', dialect: null, model: 'none', charged: false },
    {
      method: 'POST',
      path: '/code_suggestions/completions',
      capability: 'chat',
      dialect: null,
      model: 'none',
      charged: false,
    },
    { method: 'GET', path: '/personal_access_tokens/self', capability: 'models', dialect: null, model: 'none' },
    { method: 'GET', path: '/version', capability: 'models', dialect: null, model: 'none' },
  ],
  errorShape: 'openai',
  keyForm: { pattern: '^glpat-[A-Za-z0-9_.-]{20,}$', example: 'glpat-EXAMPLEexample012345' },
  check: { path: '/personal_access_tokens/self', modelList: null, modelId: '', account: 'name' },
  priceId: 'gitlab',
  rotation: {
    connector: 'gitlab-self-rotate',
    overlap: 'none',
    named: false,
    disable: 'none',
    lastUsedLagMs: null,
    propagationMs: 30_000,
    adminKey: null,
    parameters: [],
    calls: {
      create: 'POST /personal_access_tokens/self/rotate',
      disable: null,
      revoke: 'the same call',
    },
    caution:
      'The old token ends in the moment in which the new one is made: calls under way fail, and if the answer is lost you need to make a token by hand.',
    documentation: 'https://docs.gitlab.com/api/personal_access_tokens/#rotate-a-personal-access-token',
  },
  consoleUrl: 'https://gitlab.com/-/user_settings/personal_access_tokens',
  environment: { GITLAB_DUO_URL: '{url}', GITLAB_DUO_TOKEN: '{token}' },
  documentation: 'https://docs.gitlab.com/api/chat/',
} as const satisfies Provider;
