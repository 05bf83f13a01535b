import { TollkeeperError } from '#shared/model/error.ts';
import type { UpstreamDirectory } from '../state/upstream-directory.ts';
import { type AttemptEnded, abandoned } from './attempt-ended.ts';
import { beginNext } from './begin-next.ts';
import { present, type Stage } from './exchange.ts';

/** What going on to another key needs. */
export interface ReserveNextOptions {
  readonly reserve: Stage;
  readonly upstreams: UpstreamDirectory;
  readonly attemptEnded: AttemptEnded;
}

/** Reserves, and where the limit of one key has no room for the call, does so with the next candidate; the first refusal stands when there is none. */
export function createReserveNext({ reserve, upstreams, attemptEnded }: ReserveNextOptions): Stage {
  return (exchange) => {
    let first: TollkeeperError | null = null;
    for (;;) {
      try {
        return reserve(exchange);
      } catch (error) {
        if (!(error instanceof TollkeeperError) || error.details.limitSubject !== 'credential') {
          throw error;
        }
        first ??= error;
        attemptEnded(exchange, abandoned);
        const next = beginNext(exchange, upstreams, 'key-set-aside');
        if (next === null || next instanceof TollkeeperError) {
          throw first;
        }
        present(exchange.grant).settle(exchange.reserved, 0);
        exchange.backup = null;
        exchange.takeUp(next);
      }
    }
  };
}
