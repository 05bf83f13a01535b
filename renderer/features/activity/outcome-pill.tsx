import type { ReactNode } from 'react';
import { Pill, type PillTone } from '#renderer/components/pill.tsx';
import type { Outcome, UsageRecord } from '#shared/model/usage.ts';

/** How a request can end: in a word or two, and in a sentence. */
export const outcomes = {
  ok: { tone: 'teal', name: 'ok', sentence: 'The provider answered.' },
  upstream_error: { tone: 'red', name: 'failed', sentence: 'The provider failed, or answered with an error.' },
  client_aborted: { tone: 'neutral', name: 'cut off', sentence: 'The tool hung up before the answer was whole.' },
  denied: { tone: 'red', name: 'refused', sentence: 'Tollkeeper refused it; it never reached the provider.' },
} as const satisfies Record<Outcome, { tone: PillTone; name: string; sentence: string }>;

/** How a request ended, with its HTTP status where that says more. */
export function OutcomePill({ record }: { readonly record: Pick<UsageRecord, 'outcome' | 'status'> }): ReactNode {
  const { tone, name, sentence } = outcomes[record.outcome];
  const status = record.outcome === 'ok' ? '' : ` ${record.status}`;
  return (
    <Pill tone={tone} title={sentence}>
      {name}
      {status}
    </Pill>
  );
}
