import type {
  ConnectorContext,
  CreateConnector,
  KeyHandle,
  ProviderKey,
  RotationConnector,
} from '#main/control/rotation/connector.ts';
import type { Verification } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';

/** One key at the pretend provider. */
export interface FakeKey {
  readonly id: string;
  readonly name: string | null;
  readonly secret: string;
  state: 'active' | 'disabled' | 'revoked';
  lastUsedAt: string | null;
}

/** What the next call of a method does wrong; `after` says that its effect happens all the same. */
export type FakeFault =
  | { readonly kind: 'busy'; readonly retryAfterMs?: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'lost'; readonly after: boolean }
  | { readonly kind: 'twice' };

/** A provider of keys in memory, with switchable faults. */
export interface FakeKeyService {
  readonly keys: FakeKey[];
  /** Names of the methods that were called, in order. */
  readonly calls: string[];
  /** What goes wrong next, by method; taken from the front. */
  readonly faults: Partial<Record<keyof RotationConnector, FakeFault[]>>;
  /** Called around every effect: never resolving is what a crash looks like. */
  around: (method: string, moment: 'before' | 'after') => Promise<void>;
  /** New keys are refused by so many trials more. */
  refusals: number;
  /** The account that keys belong to; null when that is not told. */
  account: string | null;
  /** True when new keys belong to another account. */
  foreign: boolean;
  /** True when the provider can't tell which key a secret is. */
  unidentifiable: boolean;
  /** True when making a key ends those before it. */
  endsOldOnCreate: boolean;
  /** True when there are two places, and making a key overwrites the one that is not in use. */
  slots: boolean;
  readonly connect: CreateConnector;
  /** Secrets that the provider takes. */
  living(): readonly string[];
}

/** Makes one that holds one key, made by hand. */
export function createFakeKeyService(secret: string): FakeKeyService {
  const keys: FakeKey[] = [{ id: 'by-hand', name: null, secret, state: 'active', lastUsedAt: null }];
  let made = 0;

  function add(name: string): FakeKey {
    if (service.endsOldOnCreate) for (const key of keys) key.state = 'revoked';
    made += 1;
    const key: FakeKey = {
      id: `key-${made}`,
      name,
      secret: `made-secret-${made}-0123456789`,
      state: 'active',
      lastUsedAt: null,
    };
    keys.push(key);
    return key;
  }

  const shown = ({ id, name, state, lastUsedAt }: FakeKey): ProviderKey => ({
    ...{ id, name, lastUsedAt, createdAt: null, state: state === 'disabled' ? 'disabled' : 'active' },
  });
  const present = (): FakeKey[] => keys.filter(({ state }) => state !== 'revoked');

  async function effect<T>(method: keyof RotationConnector, act: () => T): Promise<T> {
    service.calls.push(method);
    await service.around(method, 'before');
    const fault = service.faults[method]?.shift();
    if (fault?.kind === 'busy')
      throw new TollkeeperError('provider_busy', undefined, { details: { retryAfterMs: fault.retryAfterMs ?? null } });
    if (fault?.kind === 'refused') throw new TollkeeperError('provider_refused');
    if (fault?.kind === 'lost') {
      if (fault.after) act();
      throw new TollkeeperError('provider_outcome_unknown');
    }
    if (fault?.kind === 'twice') act();
    const result = act();
    await service.around(method, 'after');
    return result;
  }

  function change(method: 'disable' | 'enable' | 'revoke', state: FakeKey['state']) {
    return ({ id }: KeyHandle): Promise<void> =>
      effect(method, () => {
        const key = present().find((candidate) => candidate.id === id);
        if (key !== undefined) key.state = state;
        else if (method !== 'revoke') throw new TollkeeperError('provider_refused', 'There is no such key.');
      });
  }

  function verify(tried: string, { clock }: ConnectorContext): Verification {
    const key = keys.find((candidate) => candidate.secret === tried);
    const isRefused = key?.state !== 'active' || (key.name !== null && service.refusals > 0);
    if (isRefused && key?.state === 'active') service.refusals -= 1;
    const checkedAt = new Date(clock.now()).toISOString();
    const account = service.foreign && key?.name !== null ? 'someone-else' : service.account;
    return { checkedAt, outcome: isRefused ? 'rejected' : 'accepted', account, models: [], message: 'Tried.' };
  }

  const service: FakeKeyService = {
    ...{
      keys,
      calls: [],
      faults: {},
      refusals: 0,
      account: null,
      foreign: false,
      unidentifiable: false,
      endsOldOnCreate: false,
      slots: false,
    },
    around: () => Promise.resolve(),
    living: () => keys.filter(({ state }) => state === 'active').map((key) => key.secret),
    connect: (context) => ({
      identify: (tried) =>
        effect('identify', () => {
          const key = present().find((candidate) => candidate.secret === tried);
          return key === undefined || service.unidentifiable ? null : shown(key);
        }),
      create: ({ name, old }) =>
        effect('create', () => {
          if (service.slots) for (const key of keys) if (key.id !== old?.id) key.state = 'revoked';
          const { id, secret: fresh } = add(name);
          return { id, secret: fresh };
        }),
      find: (name) =>
        effect('find', () =>
          present()
            .filter((key) => key.name === name)
            .map(shown),
        ),
      list: (prefix) =>
        effect('list', () =>
          present()
            .filter((key) => key.name?.startsWith(prefix))
            .map(shown),
        ),
      lastUsed: ({ id }) => effect('lastUsed', () => keys.find((key) => key.id === id)?.lastUsedAt ?? null),
      disable: change('disable', 'disabled'),
      enable: change('enable', 'active'),
      revoke: change('revoke', 'revoked'),
      verify: (tried) => effect('verify', () => verify(tried, context)),
    }),
  };
  return service;
}
