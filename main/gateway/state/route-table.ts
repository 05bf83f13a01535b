import type { Endpoint, Provider } from '#shared/model/provider.ts';

/** An allowed call that a path and method lead to. */
export interface Route {
  readonly endpoint: Endpoint;
  /** The model named in the path, decoded; null when the path names none. */
  readonly model: string | null;
}

/** What a path leads to: a route, the methods it would take, or nothing. */
export type RouteMatch =
  | { readonly kind: 'found'; readonly route: Route }
  | { readonly kind: 'other-method'; readonly allow: readonly string[] }
  | { readonly kind: 'none' };

/** Finds routes by method and path below `/{provider}`. */
export interface RouteTable {
  match(method: string, path: string): RouteMatch;
}

interface Pattern {
  readonly endpoint: Endpoint;
  readonly segments: readonly Segment[];
  readonly open: boolean;
}

/** A segment is literal, or a parameter with what follows it in the same segment. */
type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string; readonly suffix: string };

const parameter = /^\{([a-z][a-zA-Z0-9]*)\}(:[A-Za-z]+)?$/;
const nothing: RouteMatch = { kind: 'none' };

/** Compiles one provider's endpoints. Literal paths win over parameters, and a parameter with a suffix over one without. */
export function compileRoutes(provider: Provider): RouteTable {
  const literal = new Map<string, Map<string, RouteMatch>>();
  const patterns: Pattern[] = [];
  for (const endpoint of provider.endpoints) {
    const path = provider.basePath + endpoint.path;
    if (path.includes('{')) {
      patterns.push(compilePattern(endpoint, path));
    } else {
      const methods = literal.get(path) ?? new Map<string, RouteMatch>();
      methods.set(endpoint.method, { kind: 'found', route: { endpoint, model: null } });
      literal.set(path, methods);
    }
  }
  patterns.sort((first, second) => specificity(second) - specificity(first));
  return {
    match(method, path) {
      const methods = literal.get(path);
      const found = methods?.get(method);
      return found ?? matchPatterns(patterns, { method, path, allow: [...(methods?.keys() ?? [])] });
    },
  };
}

function compilePattern(endpoint: Endpoint, path: string): Pattern {
  const parts = path.slice(1).split('/');
  const open = parts.at(-1)?.endsWith('...}') ?? false;
  const segments = (open ? parts.slice(0, -1) : parts).map((part): Segment => {
    const match = parameter.exec(part);
    return match === null
      ? { kind: 'literal', text: part }
      : { kind: 'parameter', name: match[1] ?? '', suffix: match[2] ?? '' };
  });
  return { endpoint, segments, open };
}

function specificity(pattern: Pattern): number {
  const literals = pattern.segments.filter((segment) => segment.kind === 'literal').length;
  const suffixes = pattern.segments.filter((segment) => segment.kind === 'parameter' && segment.suffix !== '').length;
  return (pattern.open ? 0 : 10_000) + literals * 100 + suffixes;
}

function matchPatterns(
  patterns: readonly Pattern[],
  wanted: { readonly method: string; readonly path: string; readonly allow: string[] },
): RouteMatch {
  const parts = wanted.path.slice(1).split('/');
  const { allow } = wanted;
  for (const pattern of patterns) {
    const parameters = matchSegments(pattern, parts);
    if (parameters === null) {
      continue;
    }
    if (pattern.endpoint.method === wanted.method) {
      return { kind: 'found', route: { endpoint: pattern.endpoint, model: parameters.get('model') ?? null } };
    }
    allow.push(pattern.endpoint.method);
  }
  return allow.length === 0 ? nothing : { kind: 'other-method', allow: [...new Set(allow)] };
}

function matchSegments(pattern: Pattern, parts: readonly string[]): ReadonlyMap<string, string> | null {
  const { segments, open } = pattern;
  if (open ? parts.length <= segments.length : parts.length !== segments.length) {
    return null;
  }
  const parameters = new Map<string, string>();
  for (const [index, segment] of segments.entries()) {
    const part = parts[index] ?? '';
    if (segment.kind === 'literal') {
      if (part !== segment.text) {
        return null;
      }
    } else if (part.length > segment.suffix.length && part.endsWith(segment.suffix)) {
      parameters.set(segment.name, decodeURIComponent(part.slice(0, part.length - segment.suffix.length)));
    } else {
      return null;
    }
  }
  return open && parts.slice(segments.length).includes('') ? null : parameters;
}
