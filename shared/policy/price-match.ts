import type { CataloguedModel, CataloguedProvider } from '../model/price.ts';

type Test = (name: string, lower: string) => boolean;

/** Finds a provider's model by the name that was asked for. */
export type FindModel = (name: string) => CataloguedModel | null;

const compactDate = /(-)(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g;

function compileTest(text: string): Test {
  const rest = text.slice(1);
  const lowerRest = rest.toLowerCase();
  switch (text[0]) {
    case '=':
      return (_name, lower) => lower === lowerRest;
    case '^':
      return (_name, lower) => lower.startsWith(lowerRest);
    case '$':
      return (_name, lower) => lower.endsWith(lowerRest);
    case '~':
      return (_name, lower) => lower.includes(lowerRest);
    default: {
      const pattern = new RegExp(rest);
      return (name) => pattern.test(name);
    }
  }
}

function compileModel({ match }: CataloguedModel): Test {
  const alternatives = match.map((tests) => tests.map(compileTest));
  return (name, lower) => alternatives.some((tests) => tests.every((test) => test(name, lower)));
}

/** The same name with its date parted, as some catalogues write it: `gpt-5-20250807` becomes `gpt-5-2025-08-07`. */
function partDate(name: string): string {
  return name.replace(compactDate, '$1$2-$3-$4');
}

/**
 * Prepares the search for models of one provider: the first of its models that matches, else the first of those it falls back to,
 * else the same once more with a date in the name parted. Compiled at the first search.
 */
export function compileFinder(
  provider: CataloguedProvider,
  find: (id: string) => CataloguedProvider | undefined,
): FindModel {
  let compiled: readonly { readonly model: CataloguedModel; readonly test: Test }[] | null = null;

  function compile(): NonNullable<typeof compiled> {
    const fallbacks = (provider.fallbacks ?? []).flatMap((id) => find(id)?.models ?? []);
    return [...provider.models, ...fallbacks].map((model) => ({ model, test: compileModel(model) }));
  }

  function search(name: string): CataloguedModel | null {
    compiled ??= compile();
    const lower = name.toLowerCase();
    return compiled.find(({ test }) => test(lower, lower))?.model ?? null;
  }

  return (asked) => {
    const name = asked.trim();
    const parted = partDate(name);
    return search(name) ?? (parted === name ? null : search(parted));
  };
}
