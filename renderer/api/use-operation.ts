import { useQuery } from '@tanstack/react-query';
import type { OperationInput, OperationOutput } from '#shared/contract/operations.ts';
import type { TollkeeperError } from '#shared/model/error.ts';
import { call } from './client.ts';
import { toTollkeeperError } from './query-client.ts';
import type { ReadOperation } from './read-topics.ts';

/** What a view shows of an operation: the data, or why there is none yet. */
export interface Reading<T> {
  /** Undefined until the first answer; the previous input's answer while a new one is on its way. */
  readonly data: T | undefined;
  /** Null while all is well. */
  readonly error: TollkeeperError | null;
  readonly isLoading: boolean;
  /** True while the data belongs to an earlier input. */
  readonly isPrevious: boolean;
  retry(): void;
}

/** Keeps the answer of a reading operation on screen and up to date; `input` must be stable between renders. */
export function useOperation<N extends ReadOperation>(
  name: N,
  input: OperationInput<N>,
  options: { readonly enabled?: boolean } = {},
): Reading<OperationOutput<N>> {
  const query = useQuery<OperationOutput<N>>({
    queryKey: [name, input],
    queryFn: () => call(name, input),
    enabled: options.enabled ?? true,
  });
  return {
    data: query.data,
    error: query.error === null ? null : toTollkeeperError(query.error),
    isLoading: query.isPending && query.isFetching,
    isPrevious: query.isPlaceholderData,
    retry: () => void query.refetch(),
  };
}
