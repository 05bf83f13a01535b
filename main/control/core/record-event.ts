import type { AuditFact } from '#main/store/audit/audit-log.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import type { ControlOptions } from '../control-options.ts';
import type { Core } from './open-core.ts';

/**
 * Writes down what has already happened and can't be undone. A log that can't be written now must not stop what follows (a
 * gateway that is started again, a grant that ends), so a failure goes to the program's own log.
 */
export function recordEvent(core: Core | null, options: Pick<ControlOptions, 'clock' | 'log'>, fact: AuditFact): void {
  try {
    core?.registry.audit.append(fact, options.clock.now());
  } catch (error) {
    options.log('audit-not-written', { event: fact.event, reason: toErrorDocument(error).message });
  }
}
