import type { SigningKeyRecord } from '#main/store/registry/registry.ts';
import { publishedBeforeMs, type SigningKeyView } from '#shared/model/signing-key.ts';
import { algorithmOf } from '../token/signing-key-item.ts';
import type { HandlerContext, Handlers } from './handler.ts';

type SigningKeyOperation = 'signingKey.list' | 'signingKey.rotate';

/** The keys that tokens are signed with. */
export function createSigningKeyHandlers(context: HandlerContext): Handlers<SigningKeyOperation> {
  return {
    'signingKey.list': () => context.core().registry.signingKeys.list().map(viewOf),
    'signingKey.rotate': async ({ replace }, caller) => {
      const { keys } = context.core();
      const made = replace === true ? await keys.replace(caller.actor) : await keys.rotate(caller.actor);
      await context.gatewayKnows();
      return viewOf(made);
    },
  };
}

function viewOf(record: SigningKeyRecord): SigningKeyView {
  const { kid, publicJwk, createdAt, activatedAt, deactivatedAt } = record;
  const signsFrom = activatedAt ?? (record.state === 'published' ? createdAt + publishedBeforeMs : null);
  return {
    ...{ kid, algorithm: algorithmOf(publicJwk), state: stateOf(record), createdAt: new Date(createdAt).toISOString() },
    signsFrom: signsFrom === null ? null : new Date(signsFrom).toISOString(),
    signedUntil: deactivatedAt === null ? null : new Date(deactivatedAt).toISOString(),
  };
}

function stateOf({ state, activatedAt }: SigningKeyRecord): SigningKeyView['state'] {
  if (state !== 'published') return state;
  return activatedAt === null ? 'next' : 'past';
}
