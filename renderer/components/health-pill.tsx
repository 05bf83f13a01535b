import type { ReactNode } from 'react';
import type { Credential } from '#shared/model/credential.ts';
import { describeHealth } from './format/key-health.ts';
import { useNow } from './format/use-now.ts';
import { Pill } from './pill.tsx';
import { ResetTime } from './relative-time.tsx';

/** How a key does at its provider, live: serving, cooling, left alone or trying again. */
export function HealthPill({ credential }: { readonly credential: Pick<Credential, 'health'> }): ReactNode {
  const now = useNow(1_000);
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
