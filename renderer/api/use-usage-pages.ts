import { useQueries } from '@tanstack/react-query';
import type { TollkeeperError } from '#shared/model/error.ts';
import type { UsageFilter, UsageRecord } from '#shared/model/usage.ts';
import { call } from './client.ts';
import { toTollkeeperError } from './query-client.ts';

const pageSize = 200;

/** The rows on screen of a list too long to load whole. */
export interface UsagePages {
  /** Number of all matching rows; undefined until the first page has come. */
  readonly total: number | undefined;
  readonly error: TollkeeperError | null;
  rowAt(index: number): UsageRecord | undefined;
  retry(): void;
}

/** Loads the pages that hold the rows `from` to `to` (and the first, for the total), newest first. */
export function useUsagePages(filter: UsageFilter, range: { readonly from: number; readonly to: number }): UsagePages {
  const firstPage = Math.floor(range.from / pageSize);
  const lastPage = Math.floor(range.to / pageSize);
  const wanted = [
    ...new Set([0, ...Array.from({ length: lastPage - firstPage + 1 }, (_, index) => firstPage + index)]),
  ];
  const results = useQueries({
    queries: wanted.map((page) => {
      const input = { filter, offset: page * pageSize, limit: pageSize };
      return { queryKey: ['usage.list', input], queryFn: () => call('usage.list', input), placeholderData: undefined };
    }),
  });
  const failed = results.find((result) => result.error !== null);
  return {
    total: results[0]?.data?.total,
    error: failed?.error ? toTollkeeperError(failed.error) : null,
    rowAt: (index) => results[wanted.indexOf(Math.floor(index / pageSize))]?.data?.records[index % pageSize],
    retry: () => {
      for (const result of results) void result.refetch();
    },
  };
}
