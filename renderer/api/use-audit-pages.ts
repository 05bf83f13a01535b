import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';
import type { AuditEntry } from '#shared/model/audit.ts';
import type { TollkeeperError } from '#shared/model/error.ts';
import { call } from './client.ts';
import { toTollkeeperError } from './query-client.ts';

const pageSize = 100;

/** The newest part of the audit log, which grows on demand. */
export interface AuditPages {
  /** Newest first; undefined until the first answer. */
  readonly entries: readonly AuditEntry[] | undefined;
  readonly hasOlder: boolean;
  readonly isLoading: boolean;
  readonly error: TollkeeperError | null;
  loadOlder(): void;
  retry(): void;
}

/** Loads the audit log in pages, newest first; with a text, only the entries that hold it. */
export function useAuditPages(text: string | undefined): AuditPages {
  const query = useInfiniteQuery<AuditEntry[], Error, InfiniteData<AuditEntry[]>, readonly unknown[], number | null>({
    queryKey: ['audit.list', { pages: true, text: text ?? '' }],
    queryFn: ({ pageParam }) =>
      call('audit.list', {
        limit: pageSize,
        ...(pageParam === null ? {} : { beforeSequence: pageParam }),
        ...(text === undefined ? {} : { text }),
      }),
    initialPageParam: null,
    getNextPageParam: (page) => (page.length < pageSize ? undefined : page.at(-1)?.sequence),
  });
  return {
    entries: query.data?.pages.flat(),
    hasOlder: query.hasNextPage,
    isLoading: query.isFetchingNextPage,
    error: query.error === null ? null : toTollkeeperError(query.error),
    loadOlder: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  };
}
