import type { HandlerContext, Handlers } from './handler.ts';

type WatchOperation = 'alert.list' | 'alert.read' | 'alert.readAll' | 'watch.list' | 'watch.set';

/** What was noticed, and by which rules. */
export function createWatchHandlers(context: HandlerContext): Handlers<WatchOperation> {
  return {
    'alert.list': (input) => [...context.core().watch.alerts(input)],
    'alert.read': ({ id }, caller) => ({ read: context.core().watch.markRead(id, caller.actor) }),
    'alert.readAll': (_input, caller) => ({ read: context.core().watch.markRead(null, caller.actor) }),
    'watch.list': () => [...context.core().watch.rules()],
    'watch.set': (change, caller) => context.core().watch.setRule(change, caller.actor),
  };
}
