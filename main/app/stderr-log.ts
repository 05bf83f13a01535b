import type { Log } from '#main/control/control-options.ts';
import { systemClock } from './system-clock.ts';

/** One JSON line per event on stderr. */
export const stderrLog: Log = (event, facts = {}) => {
  process.stderr.write(`${JSON.stringify({ at: new Date(systemClock.now()).toISOString(), event, ...facts })}\n`);
};
