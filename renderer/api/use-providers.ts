import type { OperationOutput } from '#shared/contract/operations.ts';
import { useOperation } from './use-operation.ts';

/** What the windows know about a provider. */
export type ProviderSummary = OperationOutput<'provider.list'>[number];

const none: readonly ProviderSummary[] = [];

/** Every provider there is, in the table's order; empty until the first answer. */
export function useProviders(): readonly ProviderSummary[] {
  return useOperation('provider.list', {}).data ?? none;
}
