import { providers } from '#shared/provider/index.ts';
import { type AliasBookOptions, removeAlias, setAlias } from '../alias/alias-book.ts';
import type { HandlerContext, Handlers } from './handler.ts';

type AliasOperation = 'alias.list' | 'alias.set' | 'alias.remove';

/** Names for lists of models; after a change the gateway has it before the caller has its answer. */
export function createAliasHandlers(context: HandlerContext): Handlers<AliasOperation> {
  const { clock } = context.options;
  const book = (): AliasBookOptions => ({ registry: context.core().registry, clock, providers });

  async function changed(): Promise<void> {
    context.changes.changed('aliases');
    context.pushSnapshot();
    await context.gatewayKnows();
  }

  return {
    'alias.list': () => [...context.core().registry.aliases.list()],
    'alias.set': async (draft, caller) => {
      const { alias, unlisted } = setAlias(draft, caller.actor, book());
      await changed();
      return { alias, unlisted: [...unlisted] };
    },
    'alias.remove': async ({ name }, caller) => {
      removeAlias(name, caller.actor, book());
      await changed();
      return {};
    },
  };
}
