import { onTestFinished } from 'vitest';
import type { Caller, Control } from '#main/control/control.ts';
import type { ControlOptions } from '#main/control/control-options.ts';
import { createControl } from '#main/control/create-control.ts';
import { type HomePaths, homePaths } from '#shared/contract/home.ts';
import type { ChangeTopic } from '#shared/contract/status.ts';
import type { Actor } from '#shared/model/access.ts';
import { noPresenceCheck } from '#shared/model/presence.ts';
import { createFakeClock, type FakeClock } from '#test/fakes/fake-clock.ts';
import { createFakeGatewayHost, type FakeGatewayBehaviour, type FakeGatewayHost } from '#test/fakes/fake-gateway.ts';
import { fakePeers } from '#test/fakes/fake-peers.ts';
import { createFakeVault, type FakeVault } from '#test/fakes/fake-vault.ts';
import { ledgerWorker } from '#test/fixtures/ledger-worker.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { countingRandom } from './control-bench.ts';

/** A whole control plane on fakes of what is outside it. */
export interface RunningControl {
  readonly control: Control;
  readonly clock: FakeClock;
  readonly vault: FakeVault;
  readonly gateways: FakeGatewayHost;
  readonly paths: HomePaths;
  readonly log: readonly string[];
  /** Resolves when something of the topic has changed and `isTrue` holds. */
  until(topic: ChangeTopic, isTrue: () => boolean | Promise<boolean>): Promise<void>;
}

/** What a test may choose. */
export interface RunningControlOptions {
  readonly home?: string;
  readonly vault?: FakeVault;
  readonly clock?: FakeClock;
  readonly gateway?: FakeGatewayBehaviour;
  readonly changes?: Partial<ControlOptions>;
}

const plainNetworkSource: ControlOptions['network'] = {
  proxy: null,
  noProxy: [],
  environmentCertificates: async () => [],
  systemCertificates: async () => [],
  use: () => undefined,
};

/** A caller without a connection. */
export function callerOf(actor: Actor = 'cli'): Caller {
  return { actor, process: null, onDisconnect: () => undefined };
}

/** A caller whose connection can be closed. */
export function closableCaller(): Caller & { disconnect(): void } {
  const listeners: (() => void)[] = [];
  return {
    actor: 'cli',
    process: null,
    onDisconnect: (listener) => void listeners.push(listener),
    disconnect() {
      for (const listener of listeners) listener();
    },
  };
}

/** Starts one; it is closed when the test has finished. */
export async function startControl(options: RunningControlOptions = {}): Promise<RunningControl> {
  const clock = options.clock ?? createFakeClock();
  const vault = options.vault ?? createFakeVault();
  const gateways = createFakeGatewayHost(options.gateway);
  const surroundings = { environment: {}, platform: process.platform, homeDirectory: '/nowhere', userName: 'ada' };
  const paths = homePaths(surroundings, options.home ?? temporaryFolder());
  const log: string[] = [];
  const control = await createControl({
    paths,
    mode: 'app',
    version: '0.0.0-test',
    port: 8_377,
    vault,
    clock,
    random: countingRandom(),
    fetch: async () => Response.json({ data: [{ id: 'gpt-5-mini' }] }),
    network: plainNetworkSource,
    startGateway: gateways.start,
    peers: fakePeers(),
    presence: async () => noPresenceCheck,
    ledgerWorker: await ledgerWorker(),
    log: (event) => void log.push(event),
    ...options.changes,
  });
  onTestFinished(() => control.close(0));
  return { control, clock, vault, gateways, paths, log, until: (topic, isTrue) => untilTrue(control, topic, isTrue) };
}

async function untilTrue(
  control: Control,
  topic: ChangeTopic,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> {
  let changed = nextChange(control, topic);
  while (!(await isTrue())) {
    await changed;
    changed = nextChange(control, topic);
  }
}

function nextChange(control: Control, topic: ChangeTopic): Promise<void> {
  return new Promise((resolve) => {
    const end = control.onChange((topics) => {
      if (!topics.includes(topic)) return;
      end();
      resolve();
    });
  });
}
