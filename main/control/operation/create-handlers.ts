import { createAliasHandlers } from './alias-handlers.ts';
import { createAttackHandlers } from './attack-handlers.ts';
import { createCredentialHandlers } from './credential-handlers.ts';
import { createDatabaseKeyHandlers } from './database-key-handlers.ts';
import { createDoorHandlers } from './door-handlers.ts';
import { createGrantHandlers } from './grant-handlers.ts';
import type { HandlerContext, Handlers } from './handler.ts';
import { createLimitHandlers } from './limit-handlers.ts';
import { createPriceHandlers } from './price-handlers.ts';
import { createProgramHandlers } from './program-handlers.ts';
import { createRecordHandlers } from './record-handlers.ts';
import { createRequestHandlers } from './request-handlers.ts';
import { createRotationHandlers } from './rotation-handlers.ts';
import { createSigningKeyHandlers } from './signing-key-handlers.ts';
import { createTokenHandlers } from './token-handlers.ts';
import { createWatchHandlers } from './watch-handlers.ts';

/** One handler per operation of the contract. */
export function createHandlers(context: HandlerContext): Handlers {
  return {
    ...createProgramHandlers(context),
    ...createCredentialHandlers(context),
    ...createRotationHandlers(context),
    ...createAliasHandlers(context),
    ...createRequestHandlers(context),
    ...createGrantHandlers(context),
    ...createTokenHandlers(context),
    ...createSigningKeyHandlers(context),
    ...createDatabaseKeyHandlers(context),
    ...createLimitHandlers(context),
    ...createRecordHandlers(context),
    ...createPriceHandlers(context),
    ...createWatchHandlers(context),
    ...createDoorHandlers(context),
    ...createAttackHandlers(context),
  } satisfies Handlers;
}
