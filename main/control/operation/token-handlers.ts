import { TollkeeperError } from '#shared/model/error.ts';
import type { HandlerContext, Handlers } from './handler.ts';

/** What is done with a token that is in hand. */
export function createTokenHandlers(context: HandlerContext): Handlers<'token.narrow'> {
  return {
    'token.narrow': async ({ token, delegate, reference = false, ...wish }) => {
      const { issuer, grants } = context.core();
      const held = await issuer.read(token);
      if (held === null) throw new TollkeeperError('invalid_token');
      const { id: parentGrantId } = held.grant;
      if (held.record.keyThumbprint !== null)
        throw new TollkeeperError(
          'access_denied',
          'This token is bound to a key. Exchange it at the token endpoint, with a proof of that key.',
        );
      const order = { parentGrantId, delegate, wish: { ...wish, until: held.record.expiresAt } };
      const child = grants.handOn(order);
      const signed = await issuer.issue({ grantId: child.id, clientId: delegate, reference });
      return {
        ...{ grantId: child.id, parentGrantId, token: signed.token, scopes: [...signed.scopes] },
        expiresAt: new Date(signed.expiresAt).toISOString(),
      };
    },
  };
}
