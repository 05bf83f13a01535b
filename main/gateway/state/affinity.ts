import type { Endpoint } from '#shared/model/provider.ts';

/**
 * Which credential of a pool a call wants. `account`: only the default's, because what it refers to is kept in that account.
 * `home`: the default's, as long as it serves. `grant`: the one that this grant used before, whose prompt cache is warm.
 * `none`: any.
 */
export type Affinity = 'account' | 'home' | 'grant' | 'none';

/** What is known of a call when its credential is chosen. */
export interface CallShape {
  readonly endpoint: Endpoint;
  /** Bytes of body as far as they are known; of a body that is streamed, its declared length. */
  readonly bodyBytes: number;
  /** True when it refers to input that the provider keeps. */
  readonly storedInput: boolean;
}

/**
 * Bytes of request below which no prompt cache can help: the shortest prompt that providers keep is 1,024 tokens of about four
 * bytes. https://platform.openai.com/docs/guides/prompt-caching, https://docs.claude.com/en/docs/build-with-claude/prompt-caching
 */
export const cacheableBytes = 4_096;

const boundEndpoints = new WeakMap<Endpoint, boolean>();
const parameterOtherThanModel = /\{(?!model\})/;

/** What kind of credential a call wants, from what it calls and how long it is. */
export function affinityOf({ endpoint, bodyBytes, storedInput }: CallShape): Affinity {
  if (storedInput || isBoundToAccount(endpoint)) {
    return 'account';
  }
  if (endpoint.dialect === 'openai-responses' || endpoint.method !== 'POST') {
    return 'home';
  }
  return endpoint.capability === 'chat' && bodyBytes >= cacheableBytes ? 'grant' : 'none';
}

/** Files, batches, and whatever is fetched or changed by an id of its own. */
function isBoundToAccount(endpoint: Endpoint): boolean {
  const known = boundEndpoints.get(endpoint);
  if (known !== undefined) {
    return known;
  }
  const isBound =
    endpoint.capability === 'files' || endpoint.capability === 'batches' || parameterOtherThanModel.test(endpoint.path);
  boundEndpoints.set(endpoint, isBound);
  return isBound;
}
