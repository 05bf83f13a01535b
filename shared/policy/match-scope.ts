import { type Capability, type Scope, scopePattern } from '../model/scope.ts';

/** Scopes ready for many decisions; both answers take no allocation after the first of a kind. */
export interface CompiledScopes {
  /** True when some scope allows this; a scope with a model glob never allows a null model. */
  allows(provider: string, capability: Capability, model: string | null): boolean;
  /** True when `allows` can only say yes with a model: the caller must find it first. */
  needsModel(provider: string, capability: Capability): boolean;
}

/** A parsed scope token, or null when it is not one: what can't be read allows nothing. */
export function parseScope(token: string): Scope | null {
  if (!scopePattern.test(token)) {
    return null;
  }
  const [provider, capability, ...model] = token.split(':');
  if (provider === undefined || capability === undefined) {
    return null;
  }
  return {
    provider,
    capability: capability as Scope['capability'],
    model: model.length === 0 ? null : model.join(':'),
  };
}

/**
 * True when `text` matches `glob`, where `*` stands for any run of characters, empty included, and everything else for itself,
 * case included. No backtracking: the literal pieces are found left to right.
 */
export function globMatches(glob: string, text: string): boolean {
  const pieces = glob.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) {
    return text === glob;
  }
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) {
    return false;
  }
  const end = text.length - last.length;
  let position = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, position);
    if (found === -1 || found + piece.length > end) {
      return false;
    }
    position = found + piece.length;
  }
  return true;
}

/**
 * True when every request that `wanted` allows is allowed by `held` alone. Fails closed: a `*` in `wanted` is covered only by
 * a `*` in `held`, and a wanted scope without a model glob only by a held one without.
 */
export function scopeCovers(held: Scope, wanted: Scope): boolean {
  if (held.provider !== '*' && held.provider !== wanted.provider) {
    return false;
  }
  if (held.capability !== '*' && held.capability !== wanted.capability) {
    return false;
  }
  if (held.model === null) {
    return true;
  }
  return wanted.model !== null && globMatches(held.model, wanted.model);
}

/** True when each wanted token is covered by some held token; a token that can't be read is covered by nothing and covers nothing. */
export function scopesCover(held: readonly string[], wanted: readonly string[]): boolean {
  const heldScopes = held.map(parseScope).filter((scope) => scope !== null);
  return wanted.every((token) => {
    const scope = parseScope(token);
    return scope !== null && heldScopes.some((candidate) => scopeCovers(candidate, scope));
  });
}

function concerns(scope: Scope, provider: string, capability: Capability): boolean {
  return (
    (scope.provider === '*' || scope.provider === provider) &&
    (scope.capability === '*' || scope.capability === capability)
  );
}

interface Rule {
  readonly anyModel: boolean;
  readonly globs: readonly string[];
}

/** Prepares scope tokens for many decisions; tokens that can't be read are left out. */
export function compileScopes(tokens: readonly string[]): CompiledScopes {
  const scopes = tokens.map(parseScope).filter((scope) => scope !== null);
  const rules = new Map<string, Rule>();
  function ruleFor(provider: string, capability: Capability): Rule {
    const key = `${provider}:${capability}`;
    const known = rules.get(key);
    if (known !== undefined) {
      return known;
    }
    const models = scopes.filter((scope) => concerns(scope, provider, capability)).map((scope) => scope.model);
    const rule = { anyModel: models.includes(null), globs: models.filter((model) => model !== null) };
    rules.set(key, rule);
    return rule;
  }
  return {
    allows(provider, capability, model) {
      const rule = ruleFor(provider, capability);
      return rule.anyModel || (model !== null && rule.globs.some((glob) => globMatches(glob, model)));
    },
    needsModel(provider, capability) {
      const rule = ruleFor(provider, capability);
      return !rule.anyModel && rule.globs.length > 0;
    },
  };
}
