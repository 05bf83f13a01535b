import { expect, it } from 'vitest';
import type { NetworkSource } from '#main/control/control-options.ts';
import { createNetworkKeeper, type NetworkPlan } from '#main/control/network/network-keeper.ts';
import type { Network } from '#shared/model/network.ts';
import { type Settings, settingsChangesSchema, settingsSchema } from '#shared/model/settings.ts';

function settingsWith(changes: Partial<Settings>): Settings {
  return settingsSchema.parse(changes);
}

function bench() {
  const plans: NetworkPlan[] = [];
  const used: Network[] = [];
  const read: string[] = [];
  const source: NetworkSource = {
    proxy: 'http://ada:word@corp:1/',
    noProxy: ['.corp'],
    environmentCertificates: async () => {
      read.push('environment');
      return ['PEM A'];
    },
    systemCertificates: async () => {
      read.push('system');
      return ['PEM A', 'PEM B'];
    },
    use: (network) => void used.push(network),
  };
  const keeper = createNetworkKeeper({ source, settings: settingsWith({}), onChange: (plan) => void plans.push(plan) });
  return { keeper, plans, used, read };
}

it('starts with the environment’s proxy and the default deadlines', () => {
  const { keeper, used } = bench();
  expect(keeper.plan).toEqual({
    network: { proxy: 'http://ada:word@corp:1/', noProxy: ['.corp'], certificates: [] },
    timeouts: { connect: 10_000, firstByte: 600_000, idle: 300_000 },
  });
  expect(used).toEqual([keeper.plan.network]);
});

it('adds certificates when they have been read, once', async () => {
  const { keeper, plans, read } = bench();
  await keeper.apply(settingsWith({}));
  expect(keeper.plan.network.certificates).toEqual(['PEM A', 'PEM B']);
  await keeper.apply(settingsWith({}));
  expect(plans).toHaveLength(1);
  expect(read).toEqual(['environment', 'system']);
});

it('takes what the settings say instead', async () => {
  const { keeper, used } = bench();
  await keeper.apply(settingsWith({ proxy: 'none', trustSystemCertificates: false, idleTimeoutSeconds: 7 }));
  expect(keeper.plan.network).toEqual({ proxy: null, noProxy: ['.corp'], certificates: ['PEM A'] });
  expect(keeper.plan.timeouts.idle).toBe(7_000);
  await keeper.apply(settingsWith({ proxy: 'http://other:8080' }));
  expect(keeper.plan.network.proxy).toBe('http://other:8080');
  expect(used.at(-1)).toEqual(keeper.plan.network);
});

it('lets the last word win when two changes overlap', async () => {
  const { keeper } = bench();
  const first = keeper.apply(settingsWith({}));
  const second = keeper.apply(settingsWith({ trustSystemCertificates: false }));
  await Promise.all([first, second]);
  expect(keeper.plan.network.certificates).toEqual(['PEM A']);
});

it('refuses a setting that would show a password, or that is no proxy', () => {
  for (const proxy of ['http://ada:word@corp:1', 'socks5://corp:1', 'corp', 'file:///etc/passwd']) {
    expect(settingsChangesSchema.safeParse({ proxy }).success).toBe(false);
  }
  expect(settingsChangesSchema.safeParse({ proxy: 'http://corp:3128' }).success).toBe(true);
  expect(settingsChangesSchema.safeParse({ connectTimeoutSeconds: 0 }).success).toBe(false);
  expect(settingsChangesSchema.safeParse({ connectTimeoutSeconds: 121 }).success).toBe(false);
});
