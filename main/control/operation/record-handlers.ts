import type { HandlerContext, Handlers } from './handler.ts';

type RecordOperation =
  | 'usage.list'
  | 'usage.summary'
  | 'usage.overview'
  | 'usage.running'
  | 'usage.facets'
  | 'audit.list'
  | 'audit.verify';

/** The record: what was used, and what was decided. */
export function createRecordHandlers(context: HandlerContext): Handlers<RecordOperation> {
  return {
    'usage.list': (input) => context.core().ledger.list(input),
    'usage.summary': (input) => context.core().ledger.summary(input),
    'usage.overview': (input) => context.core().ledger.overview(input),
    'usage.running': () => [...context.intake.running()],
    'usage.facets': () => context.core().ledger.facets(),
    'audit.list': (input) => [...context.core().registry.audit.list(input)],
    'audit.verify': () => ({ ...context.core().registry.audit.verify() }),
  };
}
