import { z } from 'zod';
import { outcomeSchema } from '#shared/model/usage.ts';

const name = z.string().min(1).max(200).optional().catch(undefined);

/** Spans of the activity list, in milliseconds back from now. */
export const spans = {
  '1h': { label: 'Last hour', milliseconds: 3_600_000 },
  '24h': { label: 'Last 24 hours', milliseconds: 86_400_000 },
  '7d': { label: 'Last 7 days', milliseconds: 604_800_000 },
  '30d': { label: 'Last 30 days', milliseconds: 2_592_000_000 },
} as const;

/** Name of a span. */
export type SpanName = keyof typeof spans;

/** What the address of Activity holds; anything else in it is dropped. */
export const activitySearchSchema = z.object({
  /** The part of the page; left out for requests. */
  part: z.enum(['audit']).optional().catch(undefined),
  tool: name,
  provider: name,
  model: name,
  outcome: outcomeSchema.optional().catch(undefined),
  span: z.enum(['1h', '24h', '7d', '30d']).optional().catch(undefined),
  /** Words to look for, in requests or in the audit log. */
  text: name,
  /** Id of the request whose details are open. */
  request: name,
});

/** See {@link activitySearchSchema}. */
export type ActivitySearch = z.infer<typeof activitySearchSchema>;

const filterNames = ['tool', 'provider', 'model', 'outcome', 'span', 'text'] as const;

/** True when the address narrows the list of requests. */
export function isFiltered(search: ActivitySearch): boolean {
  return filterNames.some((filter) => search[filter] !== undefined);
}

/** Takes every filter out of the address and leaves the rest. */
export function withoutFilters(search: ActivitySearch): ActivitySearch {
  return { ...search, ...Object.fromEntries(filterNames.map((filter) => [filter, undefined])) };
}
