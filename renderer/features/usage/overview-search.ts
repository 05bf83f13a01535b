import { z } from 'zod';

/** Spans of the overview, with the length of a bar. Days are local calendar days, today included. */
export const ranges = {
  '24h': { label: '24 hours', bucket: 'hour', count: 24 },
  '7d': { label: '7 days', bucket: 'day', count: 7 },
  '30d': { label: '30 days', bucket: 'day', count: 30 },
  '90d': { label: '90 days', bucket: 'day', count: 90 },
} as const;

/** Name of a span. */
export type Range = keyof typeof ranges;

/** What the overview's chart can be split by. */
export const dimensions = { tool: 'Tool', model: 'Model', provider: 'Provider', credential: 'Key' } as const;

/** Name of a dimension. */
export type Dimension = keyof typeof dimensions;

/** What the overview's chart can count. */
export const metrics = { cost: 'Cost', requests: 'Requests', tokens: 'Tokens', latency: 'Latency' } as const;

/** Name of a metric. */
export type Metric = keyof typeof metrics;

/** What the overview's address holds; anything else in it is dropped. */
export const overviewSearchSchema = z.object({
  range: z.enum(['24h', '7d', '30d', '90d']).optional().catch(undefined),
  by: z.enum(['tool', 'model', 'provider', 'credential']).optional().catch(undefined),
  metric: z.enum(['cost', 'requests', 'tokens', 'latency']).optional().catch(undefined),
});
