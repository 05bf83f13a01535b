import type { HandlerContext, Handlers } from './handler.ts';

type DoorOperation = 'tls.read' | 'tls.renew';

/** The gateway's doors besides the plain one. */
export function createDoorHandlers(context: HandlerContext): Handlers<DoorOperation> {
  return {
    'tls.read': () => context.tls.report(),
    'tls.renew': async ({ authority }, caller) => {
      await context.tls.renew(authority ? 'authority' : 'certificate', caller.actor);
      return context.tls.report();
    },
  };
}
