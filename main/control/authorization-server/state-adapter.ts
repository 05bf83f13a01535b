import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { OauthArtifact, OauthStateStore } from '#main/store/registry/registry.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { isClaimedClientId, publicClientMetadata, toolNameOf, withoutClientSecret } from './public-client.ts';

/** Seconds an expired artefact is kept, so that a late poll hears `expired_token` and not `invalid_grant`. */
const afterlifeSeconds = 60 * 60;

/** Name of the model under which oidc-provider keeps registered clients. */
const clientModel = 'Client';

/** Registered clients that are kept although nobody ever allowed them anything; a registration costs nothing, so the oldest go first. */
const mostClients = 200;

/** Notes that a registered client was allowed something: from then on no flood of registrations drops it. What can't be written is left out. */
export function noteAllowedClient(
  { state, clock }: Pick<StateAdapterOptions, 'state' | 'clock'>,
  clientId: string,
): void {
  try {
    state.consume(clientModel, clientId, clock.now());
  } catch (error) {
    if (!(error instanceof TollkeeperError)) throw error;
  }
}

/** What the adapters of one server share. */
export interface StateAdapterOptions {
  readonly state: OauthStateStore;
  readonly clock: Clock;
  readonly onClientRegistered: (client: { readonly clientId: string; readonly name: string }) => void;
}

/** Makes oidc-provider's storage adapters over the registry; one per model name. */
export function stateAdapters(options: StateAdapterOptions): (model: string) => Adapter {
  return (model) => (model === clientModel ? clientAdapter(options) : artifactAdapter(model, options));
}

function artifactAdapter(model: string, { state, clock }: StateAdapterOptions): Adapter {
  return {
    async upsert(id, payload, expiresIn) {
      const now = clock.now();
      state.removeExpired(now);
      state.upsert({
        model,
        id,
        payload: { ...payload },
        grantId: payload.grantId ?? null,
        userCode: payload.userCode ?? null,
        uid: payload.uid ?? null,
        consumedAt: state.find(model, id)?.consumedAt ?? null,
        expiresAt: expiresIn === undefined ? null : now + (expiresIn + afterlifeSeconds) * 1_000,
      });
    },
    find: async (id) => toPayload(state.find(model, id)),
    findByUserCode: async (userCode) => toPayload(state.findByUserCode(model, userCode)),
    findByUid: async (uid) => toPayload(state.findByUid(model, uid)),
    async consume(id) {
      state.consume(model, id, clock.now());
    },
    async destroy(id) {
      state.remove(model, id);
    },
    async revokeByGrantId(grantId) {
      state.removeByGrant(grantId);
    },
  };
}

/** Registered clients, and behind them every client id that is only a claim. */
function clientAdapter(options: StateAdapterOptions): Adapter {
  const artifacts = artifactAdapter(clientModel, options);
  return {
    ...artifacts,
    async upsert(id, payload, expiresIn) {
      await artifacts.upsert(id, withoutClientSecret(payload), expiresIn);
      const unused = options.state.list(clientModel).filter(({ consumedAt }) => consumedAt === null);
      for (const { id: oldId } of unused.slice(mostClients)) options.state.remove(clientModel, oldId);
      options.onClientRegistered({ clientId: id, name: toolNameOf({ clientId: id, clientName: payload.client_name }) });
    },
    async find(id) {
      const { consumed: _consumed, ...registered } = (await artifacts.find(id)) ?? {};
      if (Object.keys(registered).length > 0) return registered;
      return isClaimedClientId(id) ? publicClientMetadata(id) : undefined;
    },
  };
}

function toPayload(artifact: OauthArtifact | null): AdapterPayload | undefined {
  if (artifact === null) return undefined;
  const consumed = artifact.consumedAt === null ? {} : { consumed: Math.floor(artifact.consumedAt / 1_000) };
  return { ...artifact.payload, ...consumed };
}
