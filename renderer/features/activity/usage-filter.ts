import { useMemo } from 'react';
import type { UsageFilter } from '#shared/model/usage.ts';
import { type ActivitySearch, type SpanName, spans } from './activity-search.ts';

const minuteMs = 60_000;

/** The filter that an address stands for, at `now` in milliseconds since the epoch. */
export function filterOf(search: ActivitySearch, now: number): UsageFilter {
  const { tool, provider, model, outcome, span, text } = search;
  return {
    ...(tool === undefined ? {} : { tool }),
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(text === undefined ? {} : { text }),
    ...(span === undefined ? {} : { since: sinceOf(span, now) }),
  };
}

/** Whole minutes, so that the same span asked for twice in a minute is the same question. */
function sinceOf(span: SpanName, now: number): string {
  return new Date(Math.floor((now - spans[span].milliseconds) / minuteMs) * minuteMs).toISOString();
}

/** The address's filter; its span is counted from when it was chosen, so that rows stay where they are. */
export function useUsageFilter(search: ActivitySearch): UsageFilter {
  const { tool, provider, model, outcome, span, text } = search;
  return useMemo(
    () => filterOf({ tool, provider, model, outcome, span, text }, Date.now()),
    [tool, provider, model, outcome, span, text],
  );
}
