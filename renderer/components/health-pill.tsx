import type { ReactNode } from 'react';
import type { Credential } from '#shared/model/credential.ts';
import { describeHealth, poolWeight } from './format/key-health.ts';
import { useNow } from './format/use-now.ts';
import { Pill } from './pill.tsx';
import { ResetTime } from './relative-time.tsx';

/** How a key does at its provider, live: serving, cooling, left alone or trying again; or why no call uses it. */
export function HealthPill({ credential }: { readonly credential: Credential }): ReactNode {
  const now = useNow(1_000);
  if (credential.vaultState === 'absent')
    return (
      <Pill tone="red" title="Remove it and add it again">
        missing
      </Pill>
    );
  if (credential.vaultState === 'unavailable') return <Pill tone="amber">keychain locked</Pill>;
  if (poolWeight(credential) === null)
    return (
      <Pill tone="neutral" title="Only the default key is used, and those that have a weight on the Models page">
        not used
      </Pill>
    );
  const { tone, text, explanation, until } = describeHealth(credential, now);
  return (
    <Pill tone={tone} title={explanation}>
      {text}
      {until === null ? null : (
        <>
          , back <ResetTime at={new Date(until).toISOString()} />
        </>
      )}
    </Pill>
  );
}
