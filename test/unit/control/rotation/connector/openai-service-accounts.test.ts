import { describe, expect, it, onTestFinished } from 'vitest';
import { connectOpenaiServiceAccounts } from '#main/control/rotation/connector/openai-service-accounts.ts';
import type { RotationConnector } from '#main/control/rotation/connector.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { openai } from '#shared/provider/openai.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { type OpenaiKeyService, openaiAdminKey, startOpenaiKeyService } from '#test/fakes/openai-key-service.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';

const firstSecret = 'sk-proj-made-by-hand-0123456789-last';

async function connected(admin = openaiAdminKey): Promise<{ service: OpenaiKeyService; connector: RotationConnector }> {
  const service = await startOpenaiKeyService(firstSecret);
  onTestFinished(() => service.close());
  const connector = connectOpenaiServiceAccounts({
    ...{ provider: openai, support: openai.rotation, baseUrl: service.baseUrl, fetch, clock: createFakeClock() },
    parameters: { project: 'proj_test' },
    adminSecret: async () => admin,
    pause: async () => undefined,
  });
  return { service, connector };
}

const handle = (id: string) => ({ id, name: null, secret: () => Promise.reject(new TollkeeperError('internal')) });

describe('OpenAI’s service accounts', () => {
  it('are made with a key, found by their name over several pages, and deleted', async () => {
    const { service, connector } = await connected();
    const made = await connector.create({ name: 'tollkeeper-a-2', old: null });
    for (const name of ['other', 'tollkeeper-a-3', 'tollkeeper-b-2']) await connector.create({ name, old: null });
    expect(made).toEqual({ id: 'account:svc_acct_1', secret: service.keys[1]?.secret });
    expect(await connector.find('tollkeeper-a-3')).toMatchObject([{ id: 'account:svc_acct_3', state: 'active' }]);
    expect((await connector.list('tollkeeper-a-')).map(({ name }) => name)).toEqual([
      'tollkeeper-a-2',
      'tollkeeper-a-3',
    ]);
    await connector.revoke(handle(made.id));
    await connector.revoke(handle(made.id));
    expect(service.keys.map(({ name }) => name)).toEqual(['mine', 'other', 'tollkeeper-a-3', 'tollkeeper-b-2']);
  });

  it('know a person’s key by the ends that are shown of it, tell when it was used, and delete it', async () => {
    const { service, connector } = await connected();
    const [key] = service.keys;
    if (key !== undefined) key.lastUsedAt = 1_700_000_100;
    const found = await connector.identify(firstSecret);
    expect(found).toMatchObject({ id: 'key:key_by_hand', lastUsedAt: '2023-11-14T22:15:00.000Z' });
    expect(await connector.identify('sk-proj-of-somebody-else')).toBeNull();
    expect(await connector.lastUsed?.(handle('key:key_by_hand'))).toBe('2023-11-14T22:15:00.000Z');
    await connector.revoke(handle('key:key_by_hand'));
    expect(service.keys).toEqual([]);
  });

  it('name the service account of a key that belongs to one', async () => {
    const { connector } = await connected();
    const { secret } = await connector.create({ name: 'one', old: null });
    expect(await connector.identify(secret)).toMatchObject({ id: 'account:svc_acct_1' });
  });

  it.each([
    ['a limit', 'POST', 'status', 429, 'provider_busy'],
    ['a failure while writing', 'POST', 'status', 500, 'provider_outcome_unknown'],
    ['a refusal', 'POST', 'status', 403, 'provider_refused'],
    ['a cut connection after the key was made', 'POST', 'silent', 0, 'provider_outcome_unknown'],
  ] as const)('reject with the right code after %s', async (_name, method, kind, status, code) => {
    const { service, connector } = await connected();
    service.faults.push({ method, path: /service_accounts$/, kind, status, headers: { 'retry-after': '7' } });
    expect(await codeOf(connector.create({ name: 'one', old: null }))).toBe(code);
    expect(service.keys).toHaveLength(kind === 'silent' ? 2 : 1);
  });

  it('say when they want to be asked again, and never the admin key that they were asked with', async () => {
    const { service, connector } = await connected();
    const path = /service_accounts$/;
    service.faults.push({ method: 'POST', path, kind: 'status', status: 429, headers: { 'retry-after': '7' } });
    service.faults.push({ method: 'POST', path, kind: 'status', status: 403 });
    const errors: unknown[] = [];
    for (let attempt = 0; attempt < 2; attempt += 1)
      await connector.create({ name: 'one', old: null }).catch((error: unknown) => errors.push(error));
    expect(errors[0]).toMatchObject({ details: { retryAfterMs: 7_000 } });
    expect(errors[1]).toMatchObject({ message: 'OpenAI refused (HTTP 403): It failed for ….' });
  });

  it('reject a list that failed as busy, since reading changes nothing', async () => {
    const { service, connector } = await connected();
    service.faults.push({ method: 'GET', path: /service_accounts$/, kind: 'silent' });
    expect(await codeOf(connector.find('one'))).toBe('provider_busy');
  });

  it('refuse a wrong admin key', async () => {
    const { connector } = await connected('sk-wrong');
    expect(await codeOf(connector.create({ name: 'one', old: null }))).toBe('provider_refused');
  });
});
