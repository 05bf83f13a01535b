import type { AttemptOutcome } from '../state/credential-health.ts';
import type { UpstreamDirectory } from '../state/upstream-directory.ts';
import type { Exchange } from './exchange.ts';

/** Tells the attempt's credential how it ended; only the first word counts. */
export type AttemptEnded = (exchange: Exchange, outcome: AttemptOutcome) => void;

/** It ended without saying anything of its credential. */
export const abandoned: AttemptOutcome = { kind: 'abandoned' };

/** Makes it. */
export function createAttemptEnded(upstreams: UpstreamDirectory): AttemptEnded {
  return (exchange, outcome) => {
    const { attempting, upstream } = exchange;
    if (attempting && upstream !== null) {
      exchange.attempting = false;
      const told = upstream.watch === null ? outcome : upstream.watch(outcome);
      upstreams.end(upstream.credentialId, told, () => exchange.model ?? exchange.look.model);
    }
  };
}
