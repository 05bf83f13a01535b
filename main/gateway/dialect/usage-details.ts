import type { ServiceTier, TokenUsage, UsageDetails } from '#shared/model/usage.ts';

/** Amounts by name, zeros and absent ones included. */
export type DetailCounts = { readonly [N in keyof Omit<UsageDetails, 'serviceTier'>]: number };

/** Words by which providers name the classes of service that cost something else. */
const tiers: ReadonlyMap<unknown, ServiceTier> = new Map<unknown, ServiceTier>([
  ['batch', 'batch'],
  ['flex', 'flex'],
  ['priority', 'priority'],
  ['fast', 'fast'],
  ['performance', 'priority'],
  ['SERVICE_TIER_FLEX', 'flex'],
  ['SERVICE_TIER_PRIORITY', 'priority'],
]);

/** The class of service that a word in an answer stands for; null for the ordinary one. */
export function readServiceTier(word: unknown): ServiceTier | null {
  return tiers.get(word) ?? null;
}

/** Adds what is above zero, and the class of service; most answers have neither and pass as they are. */
export function withDetails(usage: TokenUsage, counts: DetailCounts, tier: ServiceTier | null = null): TokenUsage {
  if (tier === null && !hasCounted(counts)) {
    return usage;
  }
  const entries = Object.entries(counts).filter(([, count]) => isCounted(count));
  return { ...usage, ...Object.fromEntries(entries), ...(tier === null ? {} : { serviceTier: tier }) };
}

function hasCounted(counts: DetailCounts): boolean {
  for (const name in counts) {
    if (isCounted(counts[name as keyof DetailCounts])) {
      return true;
    }
  }
  return false;
}

function isCounted(count: number | undefined): boolean {
  return count !== undefined && count > 0;
}
