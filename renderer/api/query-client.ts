import { keepPreviousData, MutationCache, QueryClient } from '@tanstack/react-query';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import { subscribe } from './client.ts';
import { isStaleAfter } from './read-topics.ts';

/** Turns anything a query or an act rejected with into an error that says what to do. */
export function toTollkeeperError(error: unknown): TollkeeperError {
  if (error instanceof TollkeeperError) return error;
  const document = toErrorDocument(error);
  return new TollkeeperError(document.code, document.message);
}

/**
 * The cache of one window. Data is never polled: the main process says what changed. `onActFailed` hears of every act
 * that failed, except those whose caller shows the error itself (`useAct(name, { showsErrors: true })`).
 */
export function createQueryClient(onActFailed: (error: TollkeeperError) => void): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        networkMode: 'always',
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: false,
        placeholderData: keepPreviousData,
      },
      mutations: { networkMode: 'always', retry: false },
    },
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => {
        if (mutation.options.meta?.showsErrors !== true) onActFailed(toTollkeeperError(error));
      },
    }),
  });
}

/** Asks again for what is on screen whenever the main process says it changed. Returns the function that ends it. */
export function followChanges(client: QueryClient): () => void {
  return subscribe((event) => {
    if (event.type !== 'changed') return;
    void client.invalidateQueries({ predicate: (query) => isStaleAfter(query.queryKey[0], event.topics) });
  });
}
