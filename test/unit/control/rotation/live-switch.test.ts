import { expect, it, onTestFinished } from 'vitest';
import { createDeadlines } from '#main/control/deadlines.ts';
import { createCanaryBook } from '#main/control/rotation/canary-book.ts';
import { canaryTrial, createLiveSwitch } from '#main/control/rotation/live-switch.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';

function bench(apply: () => Promise<boolean> = async () => true) {
  const clock = createFakeClock();
  const deadlines = createDeadlines({ clock, log: () => undefined, onSetBack: () => undefined });
  onTestFinished(() => deadlines.close());
  const book = createCanaryBook();
  const abort = new AbortController();
  const seen: unknown[] = [];
  let waits: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => {
    waits = resolve;
  });
  const traffic = createLiveSwitch({
    book,
    async refreshSecrets() {
      seen.push('refreshed');
    },
    apply() {
      seen.push(book.leaseOf('cred_a', 1));
      return apply();
    },
    count: async () => null,
    deadlines: {
      after(milliseconds, callback) {
        const deadline = deadlines.after(milliseconds, callback);
        waits();
        return deadline;
      },
    },
  });
  const canary = { credentialId: 'cred_a', fromVersion: 1, toVersion: 2, share: 25, secret: 'sk-new' };
  const outcome = () => traffic.beginCanary({ ...canary, signal: abort.signal });
  return { clock, deadlines, book, abort, seen, waiting, traffic, outcome };
}

const lease = { version: 2, share: 25, secret: 'sk-new' };
const accepted = { credentialId: 'cred_a', version: 2, refused: null };

it('a new key is sent to the gateway, and taken from it before the outcome is known', async () => {
  const { book, seen, waiting, outcome } = bench();
  const over = outcome();
  await waiting;
  expect(book.leaseOf('cred_a', 2)).toBeNull();
  expect(book.leaseOf('cred_b', 1)).toBeNull();
  for (let call = 0; call < canaryTrial.calls; call += 1) book.called(accepted);
  expect(await over).toEqual({ kind: 'accepted', calls: canaryTrial.calls });
  expect(seen).toEqual([lease, null]);
});

it('one refusal decides, however many calls went well', async () => {
  const { book, waiting, outcome } = bench();
  const over = outcome();
  await waiting;
  book.called(accepted);
  book.called({ ...accepted, version: 7, refused: 401 });
  book.called({ ...accepted, refused: 403 });
  expect(await over).toMatchObject({ kind: 'rejected', message: expect.stringContaining('403') });
});

it('quiet is told after two minutes without a call; fewer than wanted count then', async () => {
  const quiet = bench();
  const first = quiet.outcome();
  await quiet.waiting;
  quiet.clock.advance(canaryTrial.patienceMs);
  quiet.deadlines.check();
  expect(await first).toEqual({ kind: 'quiet' });
  const slow = bench();
  const second = slow.outcome();
  await slow.waiting;
  slow.book.called(accepted);
  slow.clock.advance(canaryTrial.patienceMs);
  slow.deadlines.check();
  expect(await second).toEqual({ kind: 'accepted', calls: 1 });
});

it('a person who wants the way back ends it at once', async () => {
  const { abort, seen, waiting, outcome } = bench();
  const over = outcome();
  await waiting;
  abort.abort();
  expect(await over).toEqual({ kind: 'quiet' });
  expect(seen).toEqual([lease, null]);
});

it('a gateway that does not say that it has the key is told of: nothing counts as promoted', async () => {
  const { traffic, outcome, book, seen } = bench(async () => false);
  expect(await codeOf(traffic.promote('cred_a'))).toBe('gateway_starting');
  expect(seen).toEqual(['refreshed', null]);
  expect(await codeOf(outcome())).toBe('gateway_starting');
  expect(book.leaseOf('cred_a', 1)).toBeNull();
  expect(await traffic.inFlight('cred_a', 1)).toBe(1);
});
