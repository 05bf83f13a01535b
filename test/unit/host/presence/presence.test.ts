import { describe, expect, test } from 'vitest';
import { createPresence } from '#main/host/presence/create-presence.ts';
import { createPolkitPresence, polkitAction } from '#main/host/presence/polkit-presence.ts';
import type { BusCall, SessionBus } from '#main/host/session-bus.ts';

/** A system bus with a polkit that knows these actions and answers so. */
function busWith(actions: readonly string[], result: readonly unknown[]) {
  const calls: BusCall[] = [];
  let open = 0;
  const connect = async (): Promise<SessionBus> => {
    open += 1;
    return {
      uniqueName: ':1.42',
      onSignal: () => undefined,
      unref: () => undefined,
      async call(message) {
        calls.push(message);
        return message.member === 'EnumerateActions' ? [actions.map((id) => [id, 'words'])] : [result];
      },
      close() {
        open -= 1;
      },
    };
  };
  return { connect, calls, open: () => open };
}

describe('polkit', () => {
  test.each([
    ['a password that was right', [true, false, []], 'confirmed'],
    ['a dialogue that was closed', [false, true, [['polkit.dismissed', 'true']]], 'refused'],
    ['a session that may not', [false, false, []], 'refused'],
    ['nobody to ask, without an agent', [false, true, []], 'unavailable'],
    ['nonsense', 'yes', 'unavailable'],
  ])('%s', async (_name, result, answer) => {
    const bus = busWith(['org.example.other', polkitAction], result as readonly unknown[]);
    const presence = await createPolkitPresence('/nowhere', bus.connect);
    expect(presence.kind).toBe('polkit');
    expect(await presence.confirm('change a key')).toBe(answer);
    expect(bus.calls.at(-1)).toMatchObject({
      member: 'CheckAuthorization',
      signature: '(sa{sv})sa{ss}us',
      body: [['system-bus-name', [['name', ['s', ':1.42']]]], polkitAction, [], 1, ''],
    });
    expect(bus.open()).toBe(0);
  });

  test('is not offered where our action was not installed, or there is no bus', async () => {
    expect((await createPolkitPresence('/nowhere', busWith(['org.example.other'], []).connect)).kind).toBeNull();
    expect((await createPolkitPresence('/nonexistent/bus')).kind).toBeNull();
  });

  test('a bus that goes away is nobody\u2019s no', async () => {
    const { connect } = busWith([polkitAction], []);
    let isGone = false;
    const presence = await createPolkitPresence('/nowhere', async () => {
      if (isGone) throw new Error('gone');
      return connect();
    });
    isGone = true;
    expect(await presence.confirm('')).toBe('unavailable');
  });
});

describe('the platforms', () => {
  const environment = {};
  const touchId = (can: boolean, prompt: () => Promise<void>) => ({
    canPromptTouchID: () => can,
    promptTouchID: prompt,
  });

  test('Touch ID confirms or refuses, and is offered where there is a sensor', async () => {
    const yes = await createPresence({
      platform: 'darwin',
      environment,
      touchId: touchId(true, async () => undefined),
    });
    const no = await createPresence({
      ...{ platform: 'darwin', environment },
      touchId: touchId(true, () => Promise.reject(new Error('cancelled'))),
    });
    const none = await createPresence({
      platform: 'darwin',
      environment,
      touchId: touchId(false, async () => undefined),
    });
    expect([yes.kind, none.kind]).toEqual(['touch-id', null]);
    expect([await yes.confirm('x'), await no.confirm('x'), await none.confirm('x')]).toEqual([
      'confirmed',
      'refused',
      'unavailable',
    ]);
  });

  test('Windows offers nothing', async () => {
    expect((await createPresence({ platform: 'win32', environment, touchId: null })).kind).toBeNull();
  });
});
