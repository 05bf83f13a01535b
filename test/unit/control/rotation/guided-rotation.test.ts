import { describe, expect, it, onTestFinished } from 'vitest';
import type { Provider } from '#shared/model/provider.ts';
import { describeRotation } from '#shared/policy/describe-rotation.ts';
import { personTask } from '#shared/policy/guided-rotation.ts';
import { anthropic } from '#shared/provider/anthropic.ts';
import { groq } from '#shared/provider/groq.ts';
import { consoleAdminKey, type KeyConsole, startKeyConsole } from '#test/fakes/key-console.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { createRotationBench, type RotationBench } from './rotation-bench.ts';

interface GuidedBench extends RotationBench {
  readonly console: KeyConsole;
  readonly id: string;
  provide(secret: string): Promise<unknown>;
  /** The person says that the old key is gone, and time passes. */
  check(): Promise<void>;
}

const keys = {
  groq: { old: `gsk_old0${'a'.repeat(20)}OLD1`, next: `gsk_new0${'b'.repeat(20)}NEW2` },
  anthropic: { old: `sk-ant-api03-old${'a'.repeat(20)}OLD1`, next: `sk-ant-api03-new${'b'.repeat(20)}NEW2` },
} as const;

/** A guided rotation that has been begun and waits for the new key, which was made on the page. */
async function begin(
  provider: Provider,
  { adminKey = false, account = null as string | null } = {},
): Promise<GuidedBench> {
  const pages = await startKeyConsole();
  onTestFinished(() => pages.close());
  const { old, next } = provider.id === groq.id ? keys.groq : keys.anthropic;
  pages.make(old, account);
  const bench = await createRotationBench({
    provider: { ...provider, baseUrl: pages.baseUrl },
    ...{ baseUrl: pages.baseUrl, secret: old, fetch },
  });
  const draft = { provider: provider.id, secret: consoleAdminKey, label: 'Admin' };
  if (adminKey) await bench.rotations.desk.adminKeys.add(draft, 'cli');
  const { id } = bench.rotations.desk.start(bench.credential.id, 'cli');
  await bench.settle();
  pages.make(next, account);
  return Object.assign(bench, {
    ...{ console: pages, id },
    provide: (secret: string) => bench.rotations.desk.provide(id, secret, 'cli'),
    async check() {
      bench.rotations.desk.proceed(id, false, 'cli');
      await bench.settle();
    },
  });
}

const words = (bench: RotationBench): string => Object.values(describeRotation(bench.latest())).join(' ');

describe('a rotation whose key a person makes', () => {
  it('waits for the key, uses it, then waits until the old one is refused', async () => {
    const bench = await begin(groq);
    expect(bench.latest()).toMatchObject({
      state: 'stopped',
      step: 'create',
      problem: null,
      waitingFor: 'the new key',
    });
    expect(personTask(bench.latest())).toBe('give-new-key');
    expect(bench.serving()).toBe(keys.groq.old);

    const provided = await bench.provide(` ${keys.groq.next}\n`);
    expect(provided).toMatchObject({ comparison: 'not-told', account: null });
    await bench.settle();
    expect(bench.traffic.calls).toEqual(['canary', 'promote']);
    expect(bench.serving()).toBe(keys.groq.next);
    expect(personTask(bench.latest())).toBe('end-old-key');
    expect(words(bench)).toContain('The new key …NEW2 serves. The old key …0001 still lives.');

    bench.console.remove(keys.groq.old);
    await bench.check();
    expect(bench.latest()).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
    expect([...bench.vault.items.values()]).toEqual([keys.groq.next]);
    const steps = bench.registry.rotations.steps(bench.id).map(({ step, outcome }) => `${step} ${outcome}`);
    expect(steps).toEqual(
      ['plan', 'create', 'verify', 'canary', 'promote', 'drain', 'revoke'].map((step) => `${step} done`),
    );
    expect(bench.events()).not.toContain('rotation-failed');
    expect(bench.registry.rotations.steps(bench.id)[1]?.message).toContain('does not tell whose key it is');
  });

  it('finds the old key gone by itself when the person was quicker', async () => {
    const bench = await begin(groq);
    bench.console.remove(keys.groq.old);
    await bench.provide(keys.groq.next);
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
  });

  it('tries again for a while after the old key was said to be deleted, then says honestly that it works', async () => {
    const bench = await begin(groq);
    await bench.provide(keys.groq.next);
    await bench.settle();
    const before = bench.console.calls.length;
    await bench.check();
    const trials = bench.console.calls.length - before;
    expect(trials).toBeGreaterThan(4);
    expect(trials).toBeLessThan(15);
    expect(bench.latest()).toMatchObject({ state: 'stopped', problem: null, oldKey: { state: 'living' } });
    expect(bench.latest().waitingFor).toContain('it still works');
    expect(bench.events()).not.toContain('rotation-failed');
  });

  it('is finished with a living old key when the person says so, and writes that down', async () => {
    const bench = await begin(groq);
    await bench.provide(keys.groq.next);
    await bench.settle();
    bench.rotations.desk.proceed(bench.id, true, 'cli');
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'done', oldKey: { state: 'living' } });
    expect(bench.registry.rotations.steps(bench.id).at(-1)?.message).toContain('left alive because a person said so');
    expect(words(bench)).toContain('still lives');
    const forced = bench.registry.audit
      .list({ limit: 100, afterSequence: 0 })
      .filter(({ detail }) => detail.forced === true);
    expect(forced).toHaveLength(1);
  });

  it('does not end while the provider can’t be asked', async () => {
    const bench = await begin(groq);
    await bench.provide(keys.groq.next);
    await bench.settle();
    await bench.console.close();
    bench.rotations.desk.proceed(bench.id, false, 'cli');
    await bench.settle(6);
    expect(bench.latest()).toMatchObject({ step: 'revoke', oldKey: { state: 'living' } });
    expect(bench.latest().state).not.toBe('done');
    expect(bench.latest().waitingFor).toContain('could not be reached');
  });
});

describe('a key that does not do', () => {
  it.each([
    ['the key that is in use', keys.groq.old, 'key_unchanged'],
    ['a key of another provider', keys.anthropic.next, 'key_malformed'],
    ['a dead key', `gsk_dead${'d'.repeat(20)}`, 'key_rejected'],
    ['no key', '  ', 'key_malformed'],
    ['a key with a line break inside', 'gsk_half\ngsk_other_half', 'key_malformed'],
  ])('is refused, and the rotation still waits: %s', async (_what, secret, code) => {
    const bench = await begin(groq);
    expect(await codeOf(bench.provide(secret))).toBe(code);
    expect(personTask(bench.latest())).toBe('give-new-key');
    expect([...bench.vault.items.values()]).toEqual([keys.groq.old]);
    expect(bench.registry.credentials.find('cred_bench')?.version).toBe(1);
    await bench.provide(keys.groq.next);
    await bench.settle();
    expect(bench.serving()).toBe(keys.groq.next);
  });

  it('is refused when it belongs to another account', async () => {
    const bench = await begin(anthropic, { account: 'org_mine' });
    const other = `sk-ant-api03-foreign${'e'.repeat(20)}`;
    bench.console.make(other, 'org_other');
    await expect(bench.provide(other)).rejects.toMatchObject({
      code: 'key_of_other_account',
      message: expect.stringMatching(/org_other.*org_mine/),
    });
    expect(bench.serving()).toBe(keys.anthropic.old);
    expect(await bench.provide(keys.anthropic.next)).toMatchObject({ comparison: 'same-account', account: 'org_mine' });
  });

  it('is refused while nothing is waited for', async () => {
    const bench = await begin(groq);
    await bench.provide(keys.groq.next);
    expect(await codeOf(bench.provide(keys.groq.next))).toBe('conflict');
    await bench.settle();
    expect(await codeOf(bench.provide(keys.groq.next))).toBe('conflict');
  });
});

describe('giving up', () => {
  it('before the key was given leaves everything as it was', async () => {
    const bench = await begin(groq);
    await bench.rotations.desk.rollBack(bench.id, 'cli');
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'rolled-back', newKey: { state: 'absent' } });
    expect([...bench.vault.items.values()]).toEqual([keys.groq.old]);
  });

  it.each(['canary', 'drain', 'revoke'])(
    'at the step %s leaves the old key serving and forgets the new one',
    async (step) => {
      const bench = await begin(groq);
      if (step === 'drain') bench.traffic.running = 1;
      if (step === 'canary') bench.traffic.outcome = { kind: 'rejected', message: 'Refused.' };
      await bench.provide(keys.groq.next);
      for (let look = 0; look < 20 && bench.latest().step !== step && step !== 'canary'; look += 1)
        await bench.settle(1);
      if (step === 'canary') await bench.settle();
      else await bench.rotations.desk.rollBack(bench.id, 'cli');
      bench.traffic.running = 0;
      await bench.settle();
      expect(bench.latest()).toMatchObject({
        state: step === 'canary' ? 'failed' : 'rolled-back',
        newKey: { state: 'living', fingerprint: '…NEW2' },
      });
      expect(bench.serving()).toBe(keys.groq.old);
      expect([...bench.vault.items.values()]).toEqual([keys.groq.old]);
      expect(words(bench)).toContain('Delete the new key …NEW2 at the provider');
    },
  );
});

describe('with an API that ends keys', () => {
  it('disables the old key, keeps it for an hour, archives it and proves that it is refused', async () => {
    const bench = await begin(anthropic, { adminKey: true, account: 'org_mine' });
    await bench.provide(keys.anthropic.next);
    await bench.rotations.engine.idle();
    expect(bench.console.keys[0]?.status).toBe('inactive');
    expect(bench.latest()).toMatchObject({ state: 'running', oldKey: { keyId: 'apikey_1', state: 'disabled' } });
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
    expect(bench.console.keys.map(({ status }) => status)).toEqual(['archived', 'active']);
    expect(bench.console.calls.at(-1)).toBe('GET /v1/models');
  });

  it('brings the disabled key back when the person goes back, and ends the new one', async () => {
    const bench = await begin(anthropic, { adminKey: true });
    await bench.provide(keys.anthropic.next);
    await bench.rotations.engine.idle();
    await bench.rotations.desk.rollBack(bench.id, 'cli');
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'rolled-back', newKey: { state: 'revoked' } });
    expect(bench.console.keys.map(({ status }) => status)).toEqual(['active', 'archived']);
  });

  it('falls back to the person where the admin key may not', async () => {
    const bench = await begin(anthropic, { adminKey: true });
    bench.console.adminRefusal = 403;
    await bench.provide(keys.anthropic.next);
    await bench.settle();
    expect(personTask(bench.latest())).toBe('end-old-key');
    bench.console.remove(keys.anthropic.old);
    await bench.check();
    expect(bench.latest()).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
  });

  it('asks the person where there is no admin key', async () => {
    const bench = await begin(anthropic);
    await bench.provide(keys.anthropic.next);
    await bench.settle();
    expect(personTask(bench.latest())).toBe('end-old-key');
    expect(bench.console.calls.filter((call) => call.includes('organizations'))).toEqual([]);
  });
});

/** Kills the program around its nth effect on vault and gateway: whatever awaits that never goes on. False when there are fewer. */
function killAt(bench: GuidedBench, nth: number, when: 'before' | 'after'): Promise<true> {
  return new Promise((killed) => {
    let effects = 0;
    bench.service.around = (_method, moment) => {
      if (moment === 'before') effects += 1;
      if (effects < nth || (effects === nth && moment !== when)) return Promise.resolve();
      killed(true);
      return new Promise(() => undefined);
    };
  });
}

/** Does what a person is asked for, until nothing is asked any more. */
async function doAsAsked(bench: GuidedBench, next: string, old: string): Promise<void> {
  for (let turn = 0; turn < 4 && bench.latest().endedAt === null; turn += 1) {
    await bench.settle();
    const task = personTask(bench.latest());
    if (task === 'give-new-key') await bench.provide(next);
    if (task !== 'end-old-key') continue;
    bench.console.remove(old);
    await bench.check();
  }
}

describe('a restart', () => {
  it.each([
    ['a person ends keys', groq, keys.groq, false],
    ['an API ends keys', anthropic, keys.anthropic, true],
  ] as const)(
    'after a kill around any effect goes on to one serving key, where %s',
    async (_what, provider, { old, next }, adminKey) => {
      let kills = 0;
      for (let nth = 1; nth <= 6; nth += 1) {
        for (const when of ['before', 'after'] as const) {
          const bench = await begin(provider, { adminKey });
          const killed = killAt(bench, nth, when);
          const person = doAsAsked(bench, next, old).then(() => false);
          person.catch(() => undefined);
          if (await Promise.race([killed, person])) kills += 1;
          await bench.restart();
          await doAsAsked(bench, next, old);
          const place = `${when} effect ${nth}`;
          expect(bench.latest(), place).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
          expect(bench.serving(), place).toBe(next);
          const kept = [...bench.vault.items.values()].filter((secret) => secret !== consoleAdminKey);
          expect(kept, place).toEqual([next]);
          expect(
            bench.console.keys.map(({ status }) => status),
            place,
          ).toEqual(['archived', 'active']);
        }
      }
      expect(kills).toBeGreaterThan(6);
    },
  );

  it('still waits for the key, and for the old one’s end', async () => {
    const bench = await begin(groq);
    await bench.restart();
    await bench.settle();
    expect(personTask(bench.latest())).toBe('give-new-key');
    await bench.provide(keys.groq.next);
    await bench.settle();
    await bench.restart();
    await bench.settle();
    expect(personTask(bench.latest())).toBe('end-old-key');
    expect(bench.serving()).toBe(keys.groq.next);
    bench.console.remove(keys.groq.old);
    await bench.check();
    expect(bench.latest().state).toBe('done');
  });

  it('keeps the key that was given at any moment after it was taken', async () => {
    const bench = await begin(groq);
    await bench.provide(keys.groq.next);
    await bench.restart();
    await bench.settle();
    expect(bench.serving()).toBe(keys.groq.next);
  });
});
