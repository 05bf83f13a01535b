import type { HandlerContext, Handlers } from './handler.ts';

type DatabaseKeyOperation = 'databaseKey.read' | 'databaseKey.rotate';

/** The key that the databases are encrypted with. */
export function createDatabaseKeyHandlers(context: HandlerContext): Handlers<DatabaseKeyOperation> {
  return {
    'databaseKey.read': () => context.core().databaseKey.view(),
    'databaseKey.rotate': (_input, caller) => context.core().databaseKey.change(caller.actor),
  };
}
