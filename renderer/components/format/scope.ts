import { capabilities } from '#shared/model/scope.ts';

/** A scope in plain words: `Chat with` **Anthropic**, `claude-*`. */
export interface ScopeWords {
  readonly before: string;
  readonly strong: string;
  readonly after: string;
  /** The model glob as it was asked, or null when every model is meant. */
  readonly detail: string | null;
}

function isCapability(name: string): name is keyof typeof capabilities {
  return Object.hasOwn(capabilities, name);
}

/** Says what a scope token allows; `providerName` turns a provider's id into its name. */
export function describeScope(scope: string, providerName: (id: string) => string): ScopeWords {
  const [provider = '*', capability = '*', ...rest] = scope.split(':');
  const strong = provider === '*' ? 'every provider' : providerName(provider);
  const detail = rest.length > 0 ? rest.join(':') : null;
  if (!isCapability(capability)) return { before: 'Do anything at', strong, after: '', detail };
  const after = capability === 'chat' && provider !== '*' ? 'models' : '';
  return { before: capabilities[capability].phrase, strong, after, detail };
}

/** A scope in two words: `OpenAI chat`, `every provider`. */
export function nameScope(scope: string, providerName: (id: string) => string): string {
  const [provider = '*', capability = '*'] = scope.split(':');
  const place = provider === '*' ? 'any' : providerName(provider);
  if (!isCapability(capability)) return provider === '*' ? 'everything' : `everything at ${place}`;
  return `${place} ${capabilities[capability].label.toLowerCase()}`;
}
