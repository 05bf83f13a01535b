import type { Clock } from '#shared/model/clock.ts';
import { createAuthorizationServer } from '../authorization-server/authorization-server.ts';
import type { AuthorizationServer } from '../authorization-server/authorization-server-options.ts';
import type { CallerInspector } from '../binding/caller-inspector.ts';
import { withProgramHash } from '../binding/with-program-hash.ts';
import type { Log, PeerIdentifier } from '../control-options.ts';
import type { EventRecorder } from '../event-recorder.ts';
import { createAccessAuthority } from './access-authority.ts';
import type { Core } from './open-core.ts';

/** Has an authorization server running whenever there are both a core and a gateway for it. */
export interface AuthorizationKeeper {
  /** Starts one for this issuer, or replaces the one of another issuer. */
  serve(core: Core, issuer: string): Promise<void>;
  close(): Promise<void>;
}

/** What the keeper is made from. */
export interface AuthorizationKeeperOptions {
  /** Unix socket or Windows pipe that the gateway forwards to. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly peers: Pick<PeerIdentifier, 'ofConnection' | 'hashProgram'>;
  readonly gatewayKnows: () => Promise<void>;
  readonly inspectCaller: CallerInspector['inspect'];
}

/** Makes a keeper without a server. */
export function createAuthorizationKeeper(options: AuthorizationKeeperOptions): AuthorizationKeeper {
  const { clock, log, peers } = options;
  let server: AuthorizationServer | null = null;
  let servedIssuer: string | null = null;
  let turn: Promise<void> = Promise.resolve();

  async function replace(core: Core, issuer: string): Promise<void> {
    if (servedIssuer === issuer) return;
    await server?.close();
    server = await createAuthorizationServer({
      issuer,
      clock,
      log,
      state: core.registry.oauthState,
      access: createAccessAuthority(core, options),
      jwks: () => core.keys.jwks(),
      peerOf: async (connection) => withProgramHash(await peers.ofConnection(connection), peers),
    });
    await server.listen(options.path);
    servedIssuer = issuer;
  }

  return {
    serve(core, issuer) {
      const next = turn.then(() => replace(core, issuer));
      turn = next.catch(() => undefined);
      return next;
    },
    async close() {
      await turn;
      await server?.close();
      server = null;
    },
  };
}
