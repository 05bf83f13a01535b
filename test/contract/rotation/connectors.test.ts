import { describe, expect, it, onTestFinished } from 'vitest';
import { connectors } from '#main/control/rotation/connector/connectors.ts';
import type { ConnectorContext, KeyHandle, RotationConnector } from '#main/control/rotation/connector.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Provider } from '#shared/model/provider.ts';
import { providers } from '#shared/provider/index.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import {
  type CallKind,
  type KeyService,
  type ServiceFault,
  type ServiceShape,
  startKeyService,
} from './key-service.ts';
import { shapes } from './shapes.ts';

interface Bench {
  readonly service: KeyService;
  readonly connector: RotationConnector;
  readonly old: KeyHandle;
}

async function connected(shape: ServiceShape, change: Partial<ConnectorContext> = {}): Promise<Bench> {
  const service = await startKeyService(shape);
  onTestFinished(() => service.close());
  const { provider, parameters, adminSecret, firstSecret } = shape;
  const connector = shape.connect({
    ...{ provider, parameters, support: service.support, baseUrl: service.baseUrl, fetch, clock: createFakeClock() },
    ...{ adminSecret: async () => adminSecret, pause: async () => undefined },
    ...change,
  });
  const own = await connector.identify(firstSecret);
  service.calls.length = 0;
  service.addresses.length = 0;
  return { service, connector, old: handle(own?.id ?? 'none', firstSecret) };
}

const handle = (id: string, secret: string): KeyHandle => ({ id, name: null, secret: async () => secret });

/** Every secret that must stay where it is. */
function secretsOf(shape: ServiceShape): readonly string[] {
  return [
    shape.adminSecret,
    shape.firstSecret,
    shape.secretOf(1),
    shape.secretOf(2),
    'CANARY-access-token',
    '-----BEGIN',
  ].filter((secret) => secret !== '');
}

/** An error with everything that a log could take from it. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details = error instanceof TollkeeperError ? JSON.stringify(error.details) : '';
  return [error.message, error.stack ?? '', details, error.cause === undefined ? '' : everythingIn(error.cause)].join(
    '\n',
  );
}

const table = Object.entries(shapes);

describe('the connectors', () => {
  it('all have a server in this suite, and a provider that names them', () => {
    const named = Object.values<Provider>(providers).flatMap(({ rotation }) => rotation?.connector ?? []);
    expect(named.sort()).toEqual(Object.keys(shapes).sort());
    expect(Object.keys(connectors)).toEqual(expect.arrayContaining(named));
  });
});

describe.each(table)('%s', (name, shape) => {
  const support = shape.provider.rotation;
  const isNamed = support?.named === true;
  const endsOld = support?.overlap === 'none';

  it('finds the key in use, makes one that works, and tells it by its id', async () => {
    const { service, connector, old } = await connected(shape);
    expect(await connector.identify(shape.firstSecret)).toMatchObject({ id: old.id, state: 'active' });
    const made = await connector.create({ name: 'tollkeeper-a-2', old });
    expect(service.living()).toContain(made.secret);
    expect(service.living().includes(shape.firstSecret)).toBe(!endsOld);
    expect(await connector.identify(made.secret)).toMatchObject({ id: made.id });
    expect(await connector.identify(`${shape.firstSecret.slice(0, -6)}nobody`)).toBeNull();
  });

  it.runIf(isNamed)('finds what it made under its name and prefix, over several pages', async () => {
    const { connector, old } = await connected(shape);
    const made = [];
    for (const suffix of ['a-2', 'a-3', 'b-2', 'c-2'])
      made.push(await connector.create({ name: `tollkeeper-${suffix}`, old }));
    expect(await connector.find('tollkeeper-c-2')).toMatchObject([{ id: made[3]?.id, name: 'tollkeeper-c-2' }]);
    expect(await connector.find('tollkeeper-')).toEqual([]);
    expect((await connector.list('tollkeeper-a-')).map(({ id }) => id)).toEqual([made[0]?.id, made[1]?.id]);
  });

  it.runIf(shape.inherited !== undefined)('gives the new key what the old one may do, and no more', async () => {
    const { service, connector, old } = await connected(shape);
    const { id } = await connector.create({ name: 'tollkeeper-a-2', old });
    expect(service.keys.find((key) => key.id === id)?.extra).toMatchObject({ ...shape.inherited });
  });

  it('destroys a key, and does nothing when that is done again', async () => {
    const { service, connector, old } = await connected(shape);
    const { id, secret } = await connector.create({ name: 'tollkeeper-a-2', old });
    await connector.revoke(handle(id, secret));
    expect(service.living()).not.toContain(secret);
    const left = service.living();
    await connector.revoke(handle(id, secret));
    expect(service.living()).toEqual(left);
    expect(left.includes(shape.firstSecret)).toBe(!endsOld);
  });

  it.runIf(support?.disable === 'reversible')('disables and enables, each as often as it is asked', async () => {
    const { service, connector, old } = await connected(shape);
    const { id, secret } = await connector.create({ name: 'tollkeeper-a-2', old });
    const key = handle(id, secret);
    for (const _ of [1, 2]) await connector.disable?.(key);
    expect(service.living()).toEqual([shape.firstSecret]);
    for (const _ of [1, 2]) await connector.enable?.(key);
    expect(service.living()).toContain(secret);
    await connector.disable?.(key);
    await connector.revoke(key);
    expect(service.living()).toEqual([shape.firstSecret]);
  });

  it('says what it can do as its data says', async () => {
    const { connector } = await connected(shape);
    expect(connector.disable !== undefined).toBe(support?.disable !== 'none');
    expect(connector.enable !== undefined).toBe(support?.disable === 'reversible');
    expect(connector.lastUsed !== undefined).toBe(support?.lastUsedLagMs !== null);
    expect(support?.calls.disable !== null).toBe(support?.disable !== 'none');
  });

  it.each([
    ['a limit', { what: 'status', status: 429, headers: { 'retry-after': '7' } }, 'provider_busy'],
    ['an outage', { what: 'status', status: 503 }, 'provider_busy'],
    ['a failure', { what: 'status', status: 500 }, 'provider_outcome_unknown'],
    ['a time-out of the server', { what: 'status', status: 408 }, 'provider_outcome_unknown'],
    ['a wrong admin key', { what: 'status', status: 401 }, 'provider_refused'],
    ['a missing permission', { what: 'status', status: 403 }, 'provider_refused'],
    ['a missing project', { what: 'status', status: 404 }, 'provider_refused'],
    ['a wrong request', { what: 'status', status: 400 }, 'provider_refused'],
    ['an answer that was lost', { what: 'silent' }, 'provider_outcome_unknown'],
    ['an answer that is no JSON', { what: 'garbage' }, 'provider_outcome_unknown'],
    ['an answer without a key', { what: 'shapeless' }, 'provider_outcome_unknown'],
    ['a redirect', { what: 'redirect' }, 'provider_outcome_unknown'],
  ] as const)('rejects with the right code when making a key meets %s', async (_fault, fault, code) => {
    const { service, connector, old } = await connected(shape);
    service.faults.push({ kind: 'create', ...fault });
    const before = service.living();
    expect(await codeOf(connector.create({ name: 'tollkeeper-a-2', old }))).toBe(code);
    const nothingHappened = fault.what === 'status' || fault.what === 'redirect';
    if (nothingHappened) expect(service.living()).toEqual(before);
    else expect(service.living()).not.toEqual(before);
    expect(service.followed).toBe(0);
  });

  const listKind: CallKind = name === 'gitlab-self-rotate' ? 'self' : 'list';

  it.each([
    ['a limit', { what: 'status', status: 429, headers: { 'retry-after': '7' } }],
    ['a failure', { what: 'status', status: 500 }],
    ['an answer that was lost', { what: 'silent' }],
    ['an answer that is no JSON', { what: 'garbage' }],
    ['an answer of another shape', { what: 'shapeless' }],
    ['a redirect', { what: 'redirect' }],
  ] as const)('counts %s to a reading as nothing having happened', async (_fault, fault) => {
    const { service, connector } = await connected(shape);
    service.faults.push({ kind: listKind, ...fault });
    if (fault.what === 'shapeless' && shape.leavesOutEmpty === true) {
      expect(await connector.identify(shape.firstSecret)).toBeNull();
      return;
    }
    expect(await codeOf(connector.identify(shape.firstSecret))).toBe('provider_busy');
    expect(service.followed).toBe(0);
  });

  it.runIf(shape.adminSecret !== '')('is refused with a wrong admin key, which it does not tell', async () => {
    const wrong = 'wrong-CANARYadminCANARYadmin-0123456789';
    const error = await connected(shape, { adminSecret: async () => wrong }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'provider_refused' });
    expect(everythingIn(error)).not.toContain('CANARY');
  });

  it('passes on when it may ask again', async () => {
    const { service, connector, old } = await connected(shape);
    service.faults.push({ kind: 'create', what: 'status', status: 429, headers: { 'retry-after': '7' } });
    const error = await connector.create({ name: 'tollkeeper-a-2', old }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ details: { retryAfterMs: 7_000 } });
  });

  it('puts no secret into an error or an address, though the provider tells all', async () => {
    const { service, connector, old } = await connected(shape);
    const made = await connector.create({ name: 'tollkeeper-a-2', old });
    const key = handle(made.id, made.secret);
    const errors: unknown[] = [];
    const kinds: readonly CallKind[] = ['token', 'list', 'read', 'create', 'disable', 'revoke', 'self'];
    const whats: readonly ServiceFault['what'][] = ['status', 'garbage', 'shapeless', 'silent', 'redirect'];
    for (const kind of kinds) {
      for (const what of whats) {
        service.faults.push({ kind, what, status: 403 });
        const works = [
          () => connector.identify(made.secret),
          () => connector.find('tollkeeper-a-2'),
          () => connector.create({ name: 'tollkeeper-a-3', old: key }),
          () => connector.disable?.(key),
          () => connector.revoke(key),
        ];
        for (const work of works) await Promise.resolve(work()).catch((error: unknown) => errors.push(error));
        service.faults.length = 0;
      }
    }
    expect(errors.length).toBeGreaterThan(5);
    const everything = [...errors.map(everythingIn), ...service.addresses].join('\n');
    for (const secret of [...secretsOf(shape), made.secret]) expect(everything).not.toContain(secret);
    expect(everything).not.toContain('CANARY');
  });
});
