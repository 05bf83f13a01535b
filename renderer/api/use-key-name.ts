import { useCallback } from 'react';
import { useOperation } from './use-operation.ts';
import { useProviderName } from './use-provider-name.ts';

/** Turns a key's id into what a person calls it, such as `OpenAI Work …7f3a`. */
export function useKeyName(): (credentialId: string) => string {
  const providerName = useProviderName();
  const { data: credentials } = useOperation('credential.list', {});
  return useCallback(
    (credentialId: string) => {
      const credential = credentials?.find(({ id }) => id === credentialId);
      if (credential === undefined) return credentials === undefined ? '\u2026' : 'a removed key';
      const provider = providerName(credential.provider);
      const label = credential.label === provider ? '' : ` ${credential.label}`;
      return `${provider}${label} ${credential.fingerprint}`;
    },
    [credentials, providerName],
  );
}
