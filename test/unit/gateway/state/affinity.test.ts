import { describe, expect, it } from 'vitest';
import { type Affinity, affinityOf, cacheableBytes } from '#main/gateway/state/affinity.ts';
import type { Endpoint } from '#shared/model/provider.ts';
import { findProvider } from '#shared/provider/index.ts';

function endpointOf(provider: string, method: string, path: string): Endpoint {
  const found = findProvider(provider)?.endpoints.find((one) => one.method === method && one.path.endsWith(path));
  if (found === undefined) throw new Error(`There is no ${method} ${path} at ${provider}.`);
  return found;
}

describe('which key of a pool a call wants', () => {
  it.each<[string, string, string, number, boolean, Affinity]>([
    ['openai', 'POST', '/chat/completions', 200, false, 'none'],
    ['openai', 'POST', '/chat/completions', cacheableBytes, false, 'grant'],
    ['openai', 'POST', '/embeddings', 100_000, false, 'none'],
    ['openai', 'POST', '/responses', 200, false, 'home'],
    ['openai', 'POST', '/responses', 200, true, 'account'],
    ['openai', 'GET', '/responses/{response}', 0, false, 'account'],
    ['openai', 'GET', '/models', 0, false, 'home'],
    ['openai', 'POST', '/files', 200, false, 'account'],
    ['openai', 'POST', '/batches', 200, false, 'account'],
    ['gemini', 'POST', '/models/{model}:generateContent', 200, false, 'none'],
  ])('%s %s %s of %i bytes, stored input %s: %s', (provider, method, path, bodyBytes, storedInput, wanted) => {
    const endpoint = endpointOf(provider, method, path);
    expect(affinityOf({ endpoint, bodyBytes, storedInput })).toBe(wanted);
  });
});
