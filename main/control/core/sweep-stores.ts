import { toErrorDocument } from '#shared/model/error.ts';
import type { ControlOptions } from '../control-options.ts';
import type { Core } from './open-core.ts';

const dayMs = 24 * 60 * 60 * 1_000;
/** As long as the longest report of them. */
const askedKeptMs = 90 * dayMs;
const sweepEveryMs = 6 * 60 * 60 * 1_000;

/**
 * Deletes usage records that are older than the user wants to keep them, tokens that expired a day ago, and what was asked three months ago. To be called often;
 * works every six hours.
 */
export function createStoreSweep({ clock, log }: Pick<ControlOptions, 'clock' | 'log'>): (core: Core) => void {
  let nextSweep = Number.NEGATIVE_INFINITY;
  return (core) => {
    if (clock.monotonic() < nextSweep) return;
    nextSweep = clock.monotonic() + sweepEveryMs;
    core.registry.tokens.removeExpired(clock.now() - dayMs);
    core.registry.askedRequests.removeBefore(clock.now() - askedKeptMs);
    const { ledgerRetentionDays } = core.registry.settings.read();
    if (ledgerRetentionDays === 0) return;
    core.ledger
      .deleteBefore(clock.now() - ledgerRetentionDays * dayMs)
      .catch((error: unknown) => log('ledger-not-swept', { reason: toErrorDocument(error).message }));
  };
}
