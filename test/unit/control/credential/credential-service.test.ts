import { afterEach, describe, expect, it, vi } from 'vitest';
import { TollkeeperError } from '#shared/model/error.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { benchTime, createCredentialBench } from './credential-bench.ts';

const openaiKey = canaryKey('openai');

afterEach(() => vi.useRealTimers());

describe('adding a key', () => {
  it('tries it, stores the secret in the vault and the rest in the registry', async () => {
    const bench = createCredentialBench();
    bench.answer = async () =>
      Response.json({ data: [{ id: 'gpt-5' }] }, { headers: { 'openai-organization': 'acme' } });
    const added = await bench.service.add({ provider: 'openai', secret: `${openaiKey}\n`, verify: true }, 'cli');
    expect(added).toEqual({
      id: added.id,
      provider: 'openai',
      label: 'OpenAI',
      fingerprint: `…${openaiKey.slice(-4)}`,
      baseUrl: 'https://api.openai.com/v1',
      isDefault: true,
      weight: null,
      health: { state: 'closed', until: null, reason: null, models: [] },
      version: 1,
      createdAt: benchTime,
      rotatedAt: benchTime,
      lastUsedAt: null,
      verification: {
        checkedAt: benchTime,
        outcome: 'accepted',
        account: 'acme',
        models: ['gpt-5'],
        message: 'OpenAI accepted the key.',
      },
      vaultState: 'present',
      rotation: { ageDays: 0, nextAt: null, state: 'none' },
    });
    expect(added.id).toMatch(/^cred_[a-z2-9]{12}$/);
    expect([...bench.vault.items]).toEqual([[`credential/${added.id}/1`, openaiKey]]);
    expect(bench.registry.vaultItems.list()).toEqual([`credential/${added.id}/1`]);
    expect(bench.registry.audit.list({ limit: 10 })).toMatchObject([
      { event: 'credential-added', actor: 'cli', subject: added.id },
    ]);
    expect(JSON.stringify([await bench.service.list(), bench.registry.audit.list({ limit: 10 })])).not.toContain(
      openaiKey,
    );
    expect(bench.changes).toBe(1);
  });

  it('stores nothing when the provider refuses it', async () => {
    const bench = createCredentialBench();
    bench.answer = async () => Response.json({ error: { message: `bad key ${openaiKey}` } }, { status: 401 });
    const failure = await bench.service
      .add({ provider: 'openai', secret: openaiKey, verify: true }, 'cli')
      .catch((error) => error);
    expect(failure).toBeInstanceOf(TollkeeperError);
    expect(failure).toMatchObject({ code: 'key_rejected' });
    expect(String(failure.message)).not.toContain(openaiKey);
    expect(bench.vault.items.size).toBe(0);
    expect(await bench.service.list()).toEqual([]);
  });

  it('stores nothing when the provider cannot be reached, and says how to store it all the same', async () => {
    const bench = createCredentialBench();
    bench.answer = () => Promise.reject(new TypeError('fetch failed'));
    const failing = bench.service.add({ provider: 'openai', secret: openaiKey, verify: true }, 'cli');
    await expect(failing).rejects.toMatchObject({
      code: 'upstream_unreachable',
      message: expect.stringContaining('--no-verify'),
    });
    expect(bench.vault.items.size).toBe(0);
    const added = await bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli');
    expect(added.verification).toBeNull();
    expect(bench.calls).toHaveLength(1);
  });

  it('leaves no secret behind when the row cannot be written', async () => {
    const bench = createCredentialBench();
    bench.registry.credentials.insert = () => {
      throw new TollkeeperError('storage_corrupt');
    };
    expect(await codeOf(bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli'))).toBe(
      'storage_corrupt',
    );
    expect(bench.vault.items.size).toBe(0);
    expect(bench.registry.vaultItems.list()).toEqual([]);
    expect(bench.registry.audit.list({ limit: 10 })).toEqual([]);
  });

  it('makes no row when the vault is locked, and destroys at the next start what a crash left in the vault', async () => {
    const bench = createCredentialBench();
    bench.vault.locked = true;
    expect(await codeOf(bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli'))).toBe(
      'vault_locked',
    );
    expect(bench.registry.credentials.list()).toEqual([]);

    bench.vault.locked = false;
    const write = bench.vault.write;
    bench.vault.write = async (name, secret) => {
      await write(name, secret);
      throw new TollkeeperError('vault_unavailable');
    };
    expect(await codeOf(bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli'))).toBe(
      'vault_unavailable',
    );
    expect(bench.vault.items.size).toBe(1);
    bench.restart();
    await vi.waitFor(() => expect(bench.vault.items.size).toBe(0));
  });

  it('waits on closing for what it destroys from an earlier run', async () => {
    const bench = createCredentialBench();
    const { id } = await bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli');
    await bench.service.remove(id, 'cli');
    const remove = bench.vault.remove;
    const gate: { open: () => void } = { open: () => {} };
    bench.vault.remove = async (name) => {
      await new Promise<void>((resolve) => {
        gate.open = resolve;
      });
      await remove(name);
    };
    const next = bench.restart();
    let closed = false;
    const closing = next.close().then(() => {
      closed = true;
    });
    await Promise.resolve();
    expect([closed, bench.vault.items.size]).toEqual([false, 1]);
    gate.open();
    await closing;
    expect(bench.vault.items.size).toBe(0);
  });

  it('does not destroy at the next start what has its row', async () => {
    const bench = createCredentialBench();
    const { id } = await bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli');
    expect(await bench.restart().secrets()).toEqual([{ credentialId: id, version: 1, secret: openaiKey }]);
    expect(bench.vault.items.size).toBe(1);
  });

  it('makes the first key of a provider its default, and names the next one apart', async () => {
    const bench = createCredentialBench();
    const add = (provider: string, label?: string) =>
      bench.service.add({ provider, secret: canaryKey(provider), verify: false, ...(label ? { label } : {}) }, 'cli');
    const keys = [await add('openai'), await add('openai'), await add('openai', 'Work'), await add('anthropic')];
    expect(keys.map(({ label, isDefault }) => [label, isDefault])).toEqual([
      ['OpenAI', true],
      ['OpenAI 2', false],
      ['Work', false],
      ['Anthropic', true],
    ]);
  });

  it('takes a server of the user\u2019s own by its address, with or without a key on this machine', async () => {
    const bench = createCredentialBench();
    const lab = await bench.service.add(
      { provider: 'lab', secret: '', baseUrl: 'http://127.0.0.1:9000/v1/', verify: true },
      'cli',
    );
    expect(lab).toMatchObject({
      provider: 'lab',
      label: 'lab',
      baseUrl: 'http://127.0.0.1:9000/v1',
      vaultState: 'present',
    });
    expect(bench.calls[0]).toMatchObject({ url: 'http://127.0.0.1:9000/v1/models', init: { redirect: 'error' } });
    expect(new Headers(bench.calls[0]?.init.headers).has('authorization')).toBe(false);
    expect(bench.registry.credentials.find(lab.id)).toMatchObject({ definition: 'custom', vaultItem: '' });
    expect(bench.registry.vaultItems.list()).toEqual([]);
    expect(await bench.service.secrets()).toEqual([{ credentialId: lab.id, version: 1, secret: '' }]);
  });

  it.each([
    ['an unknown provider', { provider: 'nobody', secret: 'x'.repeat(20) }, 'unknown_provider'],
    [
      'a name that is a path of the gateway',
      { provider: 'oauth', secret: 'x'.repeat(20), baseUrl: 'https://x.test' },
      'invalid_request',
    ],
    ['no address where there is no common one', { provider: 'azure', secret: 'x'.repeat(20) }, 'base_url_required'],
    [
      'plain http to another machine',
      { provider: 'openai', secret: openaiKey, baseUrl: 'http://10.0.0.1/v1' },
      'base_url_refused',
    ],
    ['no key', { provider: 'openai', secret: ' \n' }, 'key_malformed'],
    ['no key for a machine elsewhere', { provider: 'lab', secret: '', baseUrl: 'https://lab.test' }, 'key_malformed'],
  ])('refuses %s and calls nobody', async (_name, input, code) => {
    const bench = createCredentialBench();
    expect(await codeOf(bench.service.add({ ...input, verify: true }, 'cli'))).toBe(code);
    expect(bench.calls).toEqual([]);
    expect(bench.vault.items.size).toBe(0);
  });
});

describe('verifying, changing and listing', () => {
  it('tries a stored key again and keeps what it found', async () => {
    const bench = createCredentialBench();
    const { id } = await bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli');
    bench.answer = async () => new Response('', { status: 401 });
    expect(await bench.service.verify(id, 'dashboard')).toMatchObject({ outcome: 'rejected' });
    expect(new Headers(bench.calls[0]?.init.headers).get('authorization')).toBe(`Bearer ${openaiKey}`);
    expect((await bench.service.list())[0]?.verification?.outcome).toBe('rejected');
    expect(bench.registry.audit.list({ limit: 1 })).toMatchObject([
      { event: 'credential-verified', actor: 'dashboard', detail: { outcome: 'rejected' } },
    ]);
    expect(await codeOf(bench.service.verify('cred_none', 'cli'))).toBe('not_found');
  });

  it('changes the label and the default', async () => {
    const bench = createCredentialBench();
    const add = () => bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli');
    const [first, second] = [await add(), await add()];
    expect(await bench.service.update({ id: second.id, label: 'Home', isDefault: true }, 'dashboard')).toMatchObject({
      label: 'Home',
      isDefault: true,
    });
    expect((await bench.service.list()).map(({ id, isDefault }) => [id, isDefault])).toContainEqual([first.id, false]);
    expect(await codeOf(bench.service.update({ id: 'cred_none', label: 'x' }, 'cli'))).toBe('not_found');
  });

  it('tells when a key was last used, and whether the vault still holds it', async () => {
    const bench = createCredentialBench();
    const { id } = await bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli');
    bench.lastUsed.set(id, '2026-11-22T08:00:00.000Z');
    expect(await bench.service.list()).toMatchObject([
      { lastUsedAt: '2026-11-22T08:00:00.000Z', vaultState: 'present' },
    ]);
    bench.vault.locked = true;
    expect(await bench.service.list()).toMatchObject([{ vaultState: 'unavailable' }]);
    bench.vault.locked = false;
    bench.vault.items.clear();
    const afterRestart = bench.restart();
    expect(await afterRestart.list()).toMatchObject([{ vaultState: 'absent' }]);
    expect(await afterRestart.secrets()).toEqual([]);
    expect(await codeOf(afterRestart.verify(id, 'cli'))).toBe('vault_item_missing');
  });

  it('reads each secret once, and tells a locked vault from an empty one', async () => {
    const bench = createCredentialBench();
    const { id } = await bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli');
    const afterRestart = bench.restart();
    bench.vault.locked = true;
    expect(await codeOf(afterRestart.secrets())).toBe('vault_locked');
    bench.vault.locked = false;
    await afterRestart.secrets();
    await afterRestart.secrets();
    expect(bench.vault.readsOf(`credential/${id}/1`)).toBe(2);
  });
});

describe('removing a key', () => {
  it('takes it out of use at once and destroys the secret after ten seconds', async () => {
    vi.useFakeTimers();
    const bench = createCredentialBench();
    const { id } = await bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli');
    await bench.service.remove(id, 'dashboard');
    expect(await bench.service.list()).toEqual([]);
    expect(await bench.service.secrets()).toEqual([]);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(bench.vault.items.size).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(bench.vault.items.size).toBe(0);
    expect(await codeOf(bench.service.restore(id, 'dashboard'))).toBe('not_found');
    expect(await codeOf(bench.service.remove(id, 'dashboard'))).toBe('not_found');
  });

  it('brings it back as it was within ten seconds', async () => {
    vi.useFakeTimers();
    const bench = createCredentialBench();
    const add = () => {
      bench.now += 1_000;
      return bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli');
    };
    const [first, second, third] = [await add(), await add(), await add()];
    await bench.service.remove(first.id, 'dashboard');
    expect((await bench.service.list()).map(({ id, isDefault }) => [id, isDefault])).toContainEqual([third.id, true]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await bench.service.restore(first.id, 'dashboard')).toEqual(first);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(bench.vault.items.size).toBe(3);
    const defaults = (await bench.service.list()).filter(({ isDefault }) => isDefault).map(({ id }) => id);
    expect(defaults).toEqual([first.id]);
    expect(second.isDefault).toBe(false);
  });

  it('destroys the secret on closing, and later when the vault was locked then', async () => {
    const bench = createCredentialBench();
    const add = () => bench.service.add({ provider: 'openai', secret: openaiKey, verify: false }, 'cli');
    const [first, second] = [await add(), await add()];
    await bench.service.remove(first.id, 'cli');
    await bench.service.close();
    expect([...bench.vault.items.keys()]).toEqual([`credential/${second.id}/1`]);

    const next = bench.restart();
    await next.remove(second.id, 'cli');
    bench.vault.locked = true;
    await next.close();
    expect(bench.vault.items.size).toBe(1);
    bench.vault.locked = false;
    bench.restart();
    await vi.waitFor(() => expect(bench.vault.items.size).toBe(0));
  });
});
