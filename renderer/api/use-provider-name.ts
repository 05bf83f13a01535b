import { useCallback } from 'react';
import { useOperation } from './use-operation.ts';

/** Turns a provider's id into its name; an unknown id stays as it is. */
export function useProviderName(): (id: string) => string {
  const { data: providers } = useOperation('provider.list', {});
  return useCallback((id: string) => providers?.find((provider) => provider.id === id)?.name ?? id, [providers]);
}
