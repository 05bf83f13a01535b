import { ownSecrets } from '../doctor/own-secrets.ts';
import { searchSecrets } from '../doctor/search-secrets.ts';
import type { HandlerContext, Handlers } from './handler.ts';

type AttackOperation = 'attack.begin' | 'attack.end' | 'attack.search';

/** What `toll doctor --attack` needs from inside. */
export function createAttackHandlers(context: HandlerContext): Handlers<AttackOperation> {
  const { attackRange, options } = context;
  return {
    'attack.begin': (wish, caller) => attackRange.begin(wish, caller),
    'attack.end': async () => {
      await attackRange.end();
      return {};
    },
    'attack.search': async () => {
      const secrets = await ownSecrets(options.vault, context.core().credentials);
      const used = attackRange.secrets.map((secret) => ({ name: 'the key or a token of this attack', secret }));
      const { pid } = context.status.read().gateway;
      const processIds = [process.pid, ...(pid === null ? [] : [pid])];
      const { searched, found } = await searchSecrets({ folder: options.paths.home, processIds }, [
        ...secrets,
        ...used,
      ]);
      return { searched, found: [...found] };
    },
  };
}
