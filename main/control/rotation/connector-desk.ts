import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { Verification } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Provider } from '#shared/model/provider.ts';
import type { Rotation, RotationOverview, RotationSetup, RotationSupport } from '#shared/model/rotation.ts';
import { guidedSupport } from '#shared/policy/guided-rotation.ts';
import { verifyKey } from '../credential/verify-key.ts';
import type { Deadlines } from '../deadlines.ts';
import type { AdminKeys } from './admin-keys.ts';
import type { CreateConnector, RotationConnector } from './connector.ts';
import { connectPerson } from './person-connector.ts';

/** A connector that is ready to be used, and what it can do. */
export interface Connection {
  readonly connector: RotationConnector;
  readonly provider: Provider;
  readonly support: RotationSupport;
  /** Tries a key; never rejects. */
  readonly tryKey: (secret: string) => Promise<Verification>;
}

/** Finds for each credential the connector of its provider, with all that it needs. */
export interface ConnectorDesk {
  /** What the provider's API can do; null where it has none for keys. With a person who makes the key there is always something. */
  supportOf(credential: CredentialRecord, guided?: boolean): RotationSupport | null;
  methodOf(credential: CredentialRecord): RotationOverview['method'];
  /** Throws `rotation_unsupported` and says what is missing. */
  require(credential: CredentialRecord, guided?: boolean): void;
  /** `purpose` names what is done, once: the admin key's use is permitted and recorded once for each. Throws `rotation_unsupported`. */
  connect(credential: CredentialRecord, purpose: string): Connection;
  /** The same where a person makes the key: the provider's API does what it can, if its admin key is there. */
  connectGuided(credential: CredentialRecord, rotation: Pick<Rotation, 'id'>): Connection;
  /** Cuts the calls that are under way; what becomes of them is not known. */
  close(): void;
}

/** Asks the person, where wanted, before an admin key is read. Rejects with `access_denied`. */
export type PermitAdminKey = (use: { readonly adminKeyId: string; readonly purpose: string }) => Promise<void>;

/** What the desk is made from. */
export interface ConnectorDeskOptions {
  readonly registry: Pick<Registry, 'rotations' | 'audit'>;
  readonly adminKeys: AdminKeys;
  readonly permit: PermitAdminKey;
  readonly providers: Readonly<Record<string, Provider>>;
  readonly connectors: Readonly<Record<string, CreateConnector>>;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly deadlines: Pick<Deadlines, 'after'>;
}

/** The setup of a credential that nobody has set up. */
export function emptySetup(credentialId: string): RotationSetup {
  const nothing = { adminKeyId: null, schedule: null, nextAt: null, remindedAt: null };
  return { credentialId, parameters: {}, paused: false, ...nothing };
}

/** Makes the desk. */
export function createConnectorDesk(options: ConnectorDeskOptions): ConnectorDesk {
  const { registry, adminKeys, clock, providers } = options;
  const closing = new AbortController();
  const permitted = new Set<string>();

  const definitionOf = ({ definition }: CredentialRecord): Provider | null =>
    (Object.hasOwn(providers, definition) ? providers[definition] : undefined) ?? null;
  const supportOf = (credential: CredentialRecord, guided = false): RotationSupport | null => {
    const provider = definitionOf(credential);
    return guided && provider !== null ? guidedSupport(provider) : (provider?.rotation ?? null);
  };
  const setupOf = ({ id }: CredentialRecord): RotationSetup => registry.rotations.setup(id) ?? emptySetup(id);

  /** The chosen admin key, or the provider's only one. */
  function adminKeyOf(credential: CredentialRecord): string | null {
    const { adminKeyId } = setupOf(credential);
    if (adminKeyId !== null) return registry.rotations.adminKey(adminKeyId)?.id ?? null;
    const own = adminKeys.list().filter(({ provider }) => provider === credential.provider);
    return own.length === 1 ? (own[0]?.id ?? null) : null;
  }

  function missing(credential: CredentialRecord): string | null {
    const support = supportOf(credential);
    if (support === null || credential.vaultItem === '')
      return 'This provider has no API by which its keys are changed. Make a new key by hand.';
    if (support.adminKey !== null && adminKeyOf(credential) === null)
      return `Changing this key needs ${support.adminKey.name}. Store one with: toll key admin add ${credential.provider}`;
    const { parameters } = setupOf(credential);
    const lacking = support.parameters.find(({ name }) => (parameters[name] ?? '') === '');
    if (lacking === undefined) return null;
    return `Say which ${lacking.name}: toll rotation connect ${credential.id} --set ${lacking.name}=${lacking.example}`;
  }

  async function adminSecret(credential: CredentialRecord, purpose: string): Promise<string> {
    const adminKeyId = adminKeyOf(credential);
    if (adminKeyId === null) throw new TollkeeperError('rotation_unsupported', missing(credential) ?? undefined);
    const use = `${adminKeyId} ${purpose}`;
    if (!permitted.has(use)) {
      await options.permit({ adminKeyId, purpose });
      permitted.add(use);
      const detail = { credentialId: credential.id, purpose };
      registry.audit.append({ event: 'admin-key-used', actor: 'system', subject: adminKeyId, detail }, clock.now());
    }
    return adminKeys.secretOf(adminKeyId);
  }

  function require(credential: CredentialRecord): { readonly provider: Provider; readonly support: RotationSupport } {
    const lacking = missing(credential);
    const provider = definitionOf(credential);
    if (lacking !== null || provider?.rotation === undefined)
      throw new TollkeeperError('rotation_unsupported', lacking ?? undefined);
    return { provider, support: provider.rotation };
  }

  function requireGuided(credential: CredentialRecord): Provider {
    const provider = definitionOf(credential);
    if (provider !== null && credential.vaultItem !== '') return provider;
    throw new TollkeeperError('rotation_unsupported', 'There is no key here that could be changed.');
  }

  function connectionOf(credential: CredentialRecord, { provider, support, create, purpose }: Connecting): Connection {
    const fetch = withSignal(options.fetch, closing.signal);
    const { baseUrl } = credential;
    const connector = create({
      ...{ provider, support, baseUrl, clock, fetch },
      pause: (milliseconds) => pauseUnless(closing.signal, options.deadlines, milliseconds),
      parameters: setupOf(credential).parameters,
      adminSecret: () => adminSecret(credential, purpose),
    });
    const tryKey = (secret: string): Promise<Verification> =>
      connector.verify?.(secret) ?? verifyKey({ provider, baseUrl, secret, fetch, clock });
    return { connector, provider, support, tryKey };
  }

  return {
    supportOf,
    methodOf(credential) {
      if (supportOf(credential) === null || credential.vaultItem === '') return 'by-hand';
      return missing(credential) === null ? 'automatic' : 'not-connected';
    },
    require(credential, guided = false) {
      if (guided) requireGuided(credential);
      else require(credential);
    },
    connect(credential, purpose) {
      const { provider, support } = require(credential);
      const create = options.connectors[support.connector];
      if (create === undefined) throw new TollkeeperError('rotation_unsupported');
      return connectionOf(credential, { provider, support, create, purpose });
    },
    connectGuided(credential, { id }) {
      const provider = requireGuided(credential);
      const support = guidedSupport(provider);
      const hasAdminKey = support.adminKey !== null && adminKeyOf(credential) !== null;
      const create = hasAdminKey ? options.connectors[support.connector] : undefined;
      return connectionOf(credential, { provider, support, create: create ?? connectPerson, purpose: id });
    },
    close: () => closing.abort(),
  };
}

function pauseUnless(closing: AbortSignal, deadlines: Pick<Deadlines, 'after'>, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new TollkeeperError('provider_outcome_unknown'));
    deadlines.after(milliseconds, () => {
      closing.removeEventListener('abort', giveUp);
      resolve();
    });
    closing.addEventListener('abort', giveUp, { once: true });
  });
}

/** What a connection is made from, for one credential. */
interface Connecting {
  readonly provider: Provider;
  readonly support: RotationSupport;
  readonly create: CreateConnector;
  readonly purpose: string;
}

function withSignal(fetch: typeof globalThis.fetch, closing: AbortSignal): typeof globalThis.fetch {
  return (input, init) => {
    const own = init?.signal;
    return fetch(input, { ...init, signal: own ? AbortSignal.any([own, closing]) : closing });
  };
}
