import type { HandlerContext, Handlers } from './handler.ts';

type CredentialOperation =
  | 'credential.list'
  | 'credential.add'
  | 'credential.addKeyless'
  | 'identity.read'
  | 'credential.verify'
  | 'credential.update'
  | 'credential.setWeight'
  | 'credential.remove'
  | 'credential.restore';

/** Provider keys; after a change the gateway has it before the caller has its answer. */
export function createCredentialHandlers(context: HandlerContext): Handlers<CredentialOperation> {
  async function settled<T>(change: Promise<T>): Promise<T> {
    const result = await change;
    await context.core().refreshSecrets();
    await context.gatewayKnows();
    return result;
  }
  return {
    'credential.list': async () => [...(await context.core().credentials.list())],
    'credential.add': (input, caller) => settled(context.core().credentials.add(input, caller.actor)),
    'credential.addKeyless': (input, caller) => settled(context.core().credentials.addKeyless(input, caller.actor)),
    'identity.read': ({ provider }) => context.core().identities.card(provider),
    'credential.verify': ({ id }, caller) => context.core().credentials.verify(id, caller.actor),
    'credential.update': (input, caller) => settled(context.core().credentials.update(input, caller.actor)),
    'credential.setWeight': ({ id, weight }, caller) =>
      settled(context.core().credentials.setWeight(id, weight, caller.actor)),
    'credential.remove': async ({ id }, caller) => {
      context.core().rotations.requireRest(id);
      await settled(context.core().credentials.remove(id, caller.actor));
      return {};
    },
    'credential.restore': ({ id }, caller) => settled(context.core().credentials.restore(id, caller.actor)),
  };
}
