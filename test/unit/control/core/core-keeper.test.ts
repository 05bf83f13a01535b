import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCoreKeeper } from '#main/control/core/core-keeper.ts';
import type { Core } from '#main/control/core/open-core.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { createFakeVault } from '#test/fakes/fake-vault.ts';
import { codeOf, thrownBy } from '#test/fixtures/expect-error.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function bench(open: () => Promise<Core> = async () => ({ close: async () => undefined }) as Core) {
  const vault = createFakeVault();
  const events: string[] = [];
  const keeper = createCoreKeeper({
    vault,
    open: () => {
      events.push('open');
      return open();
    },
    onOpened: async () => void events.push('opened'),
    onVaultChange: ({ state }) => void events.push(state),
    onLook: () => void events.push('look'),
    log: (event) => void events.push(event),
  });
  return { vault, events, keeper };
}

test('opens at once when the vault is unlocked', async () => {
  const { keeper, events } = bench();
  await keeper.start();
  expect(keeper.require()).toBe(keeper.core);
  expect(events).toEqual(['open', 'ready', 'opened']);
  await keeper.close();
});

test('waits for a locked vault without touching it, and says why there is nothing', async () => {
  const { keeper, events, vault } = bench();
  vault.lock(true);
  await keeper.start();
  expect(thrownBy(() => keeper.require())).toMatchObject({
    code: 'vault_locked',
    message: 'The keychain is locked. Unlock it.',
  });
  await vi.advanceTimersByTimeAsync(4_000);
  expect(events).not.toContain('open');
  vault.lock(false);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(keeper.core).not.toBeNull();
  await keeper.close();
});

test('notices that the vault was locked later, and unlocked again', async () => {
  const { keeper, events, vault } = bench();
  await keeper.start();
  vault.lock(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(keeper.vault.state).toBe('locked');
  expect(keeper.core, 'what is open stays open').not.toBeNull();
  vault.lock(false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(events.filter((event) => event === 'locked' || event === 'ready')).toEqual(['ready', 'locked', 'ready']);
  await keeper.close();
});

test('a vault that is locked between the question and the read is waited for', async () => {
  let isLocked = true;
  const { keeper } = bench(async () => {
    if (isLocked) throw new TollkeeperError('vault_locked');
    return { close: async () => undefined } as Core;
  });
  await keeper.start();
  expect(keeper.core).toBeNull();
  isLocked = false;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(keeper.core).not.toBeNull();
  await keeper.close();
});

test('a broken database rejects at the start, and is shown when it is found later', async () => {
  const broken = bench(() => Promise.reject(new TollkeeperError('storage_corrupt')));
  expect(await codeOf(broken.keeper.start())).toBe('storage_corrupt');
  const later = bench(() => Promise.reject(new TollkeeperError('storage_corrupt', 'It is broken.')));
  later.vault.lock(true);
  await later.keeper.start();
  later.vault.lock(false);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(later.keeper.vault).toEqual({ state: 'unavailable', message: 'It is broken.' });
  expect(later.events).toContain('vault-look-failed');
  await later.keeper.close();
});
