import { TollkeeperError } from '#shared/model/error.ts';
import type { LimitStatus } from '#shared/model/limit.ts';
import type { HandlerContext, Handlers } from './handler.ts';

type LimitOperation = 'limit.list' | 'limit.set' | 'limit.remove' | 'limit.topUp';

/** Standing limits; after a change the gateway has it before the caller has its answer. */
export function createLimitHandlers(context: HandlerContext): Handlers<LimitOperation> {
  const list = (): LimitStatus[] => [...context.core().limits.list(context.intake.running())];

  function statusOf(id: string): LimitStatus {
    const status = list().find((limit) => limit.id === id);
    if (status === undefined) throw new TollkeeperError('not_found');
    return status;
  }

  return {
    'limit.list': list,
    'limit.set': async (draft, caller) => {
      const id = await context.core().limits.set(draft, caller.actor);
      await context.gatewayKnows();
      return statusOf(id);
    },
    'limit.remove': async ({ id }, caller) => {
      context.core().limits.remove(id, caller.actor);
      await context.gatewayKnows();
      return {};
    },
    'limit.topUp': async ({ id, amountMicroUsd }, caller) => {
      context.core().limits.topUp(id, amountMicroUsd, caller.actor);
      await context.gatewayKnows();
      return statusOf(id);
    },
  };
}
