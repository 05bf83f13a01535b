import { maxBodyBytes } from '#shared/contract/http.ts';
import type { TlsLease, UpstreamLease } from '#shared/contract/port.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';

import type { PriceTables } from '#shared/model/price.ts';
import { findProvider } from '#shared/provider/index.ts';
import { type CallerInspector, createCallerInspector } from '../binding/caller-inspector.ts';
import type { ChangeFeed } from '../change-feed.ts';
import type { ControlOptions } from '../control-options.ts';
import type { Core } from '../core/open-core.ts';
import type { HealthBook } from '../credential/health-book.ts';
import type { EventRecorder } from '../event-recorder.ts';
import type { NetworkPlan } from '../network/network-keeper.ts';
import { emptySnapshot } from '../snapshot/compose-snapshot.ts';
import { createSnapshotFeed, type SnapshotContents } from '../snapshot/snapshot-feed.ts';
import { createFactsDesk } from '../usage/facts-desk.ts';
import type { UsageIntake } from '../usage/usage-intake.ts';
import { createGatewaySupervisor, type GatewayState, type GatewaySupervisor } from './gateway-supervisor.ts';
import { createKeyCounter } from './key-counter.ts';

/** Views of what runs are told at most this often, in milliseconds: facts come a hundred times a second. */
const runningDelayMs = 50;

/** Usage views are told this much later than the facts came, when the ledger has written them; milliseconds. */
const usageDelayMs = 200;

const notStarted: GatewayState = {
  state: 'starting',
  url: null,
  pid: null,
  restarts: 0,
  message: null,
  socketPath: null,
  tls: null,
};

/** Control's side of the gateway: snapshots go down, facts come up, and the process is kept alive. */
export interface GatewayLink {
  /** Starts the process on this port; 0 picks a free one. Resolves when it listens, or can't. */
  start(port: number): Promise<GatewayState>;
  readonly state: GatewayState;
  /** Base URL by which tokens are issued, listening or not; throws `gateway_starting` while no port is known. */
  issuer(): string;
  pushSnapshot(): void;
  /** There is a core now, with a place where the gateway may leave what it could not tell. */
  coreOpened(): void;
  /** Has a running gateway price by what is in force now. */
  pushPrices(): void;
  /** Has a running gateway take this way to the network. */
  pushNetwork(plan: NetworkPlan): void;
  /** Has a running gateway open, move or close its TLS door, or show another certificate there. */
  pushTls(tls: TlsLease | null): Promise<void>;
  gatewayKnows(): Promise<void>;
  /** May the process behind this connection use the tokens of a bound grant? Never rejects. */
  readonly inspectCaller: CallerInspector['inspect'];
  /** The same for what must not wait: a gateway that does not answer is killed and started afresh, and false says so. */
  gatewayObeys(): Promise<boolean>;
  /** True once the gateway has applied everything up to now, or when there is none; false when it starts, or does not say so in three seconds. */
  gatewayTook(): Promise<boolean>;
  /** Calls in flight that hold this version of a key; null when the gateway does not say. */
  countKey(credentialId: string, version: number): Promise<number | null>;
  close(graceMs: number): Promise<void>;
}

/** What the link is made from. */
export interface GatewayLinkOptions {
  readonly control: ControlOptions;
  readonly core: () => Core | null;
  readonly intake: UsageIntake;
  readonly health: HealthBook;
  readonly changes: ChangeFeed;
  readonly recorder: EventRecorder;
  /** The way to the network as of now. */
  readonly networkPlan: () => NetworkPlan;
  /** What the TLS door needs as of now; null while it is off. */
  readonly tls: () => TlsLease | null;
  /** The prices in force, of these providers of the catalogue. */
  /** Upstreams that are nobody's credentials, beside the others. */
  readonly standIns: () => readonly UpstreamLease[];
  readonly pricesFor: (priceIds: ReadonlySet<string>) => PriceTables;
  readonly onListening: (url: string) => void;
}

/** Makes a link without a process. */
export function createGatewayLink(options: GatewayLinkOptions): GatewayLink {
  const { control, changes } = options;
  let supervisor: GatewaySupervisor | null = null;
  let usageTimer: NodeJS.Timeout | null = null;
  let runningTimer: NodeJS.Timeout | null = null;
  let pricesSent: PriceTables | null = null;
  let tlsSent: TlsLease | null = null;

  function issuer(): string {
    const port = supervisor?.port ?? 0;
    if (port === 0) throw new TollkeeperError('gateway_starting');
    return `http://127.0.0.1:${port}`;
  }

  const feed = createSnapshotFeed({
    contents,
    issuer: () => ((supervisor?.port ?? 0) === 0 ? '' : issuer()),
    send(snapshot) {
      sendPrices(snapshot);
      supervisor?.send(snapshot);
    },
    isRunning: () => supervisor?.state.state === 'running',
  });

  /** A process that starts has a picture that may be old already. */
  function isStarting(): boolean {
    const { state, pid } = supervisor?.state ?? notStarted;
    return state !== 'running' && pid !== null;
  }

  const keys = createKeyCounter({
    isRunning: () => supervisor?.state.state === 'running',
    ask: (question) => supervisor?.tell(question),
  });

  const callers = createCallerInspector({
    peers: control.peers,
    grants: () => options.core()?.grants ?? null,
    recorder: options.recorder,
    clock: control.clock,
  });

  const desk = createFactsDesk({
    intake: options.intake,
    spillPlace: () => options.core()?.spillPlace ?? null,
    tell: (message) => supervisor?.tell(message),
    random: control.random,
    log: control.log,
    onTaken({ hasSettled }) {
      runningTimer ??= setTimeout(announceRunning, runningDelayMs).unref();
      if (hasSettled) announceUsage();
    },
  });

  function latestTls(): TlsLease | null {
    tlsSent = options.tls();
    return tlsSent;
  }

  function announceRunning(): void {
    runningTimer = null;
    changes.changed('running', 'status');
  }

  function announceUsage(): void {
    usageTimer ??= setTimeout(() => {
      usageTimer = null;
      changes.changed('usage', 'grants');
    }, usageDelayMs).unref();
  }

  function audit(event: 'gateway-started' | 'gateway-exited', detail: Readonly<Record<string, unknown>>): void {
    options.recorder.record({ event, actor: 'system', subject: '', detail });
  }

  /** The gateway gets the prices of the providers that it can reach, and again only when they differ; keys that are put away for a while change nothing of that. */
  function pricesOf({ upstreams, paused, hold }: SnapshotContents): PriceTables {
    if (pricesSent !== null && (paused || (hold ?? null) !== null)) return pricesSent;
    const priceIds = upstreams.map(({ definition }) => findProvider(definition)?.priceId ?? null);
    pricesSent = options.pricesFor(new Set(priceIds.filter((id) => id !== null)));
    return pricesSent;
  }

  function sendPrices(contents: SnapshotContents): void {
    const before = pricesSent;
    const prices = pricesOf(contents);
    if (prices !== before) supervisor?.sendPrices(prices);
  }

  /** What can't be composed lets nobody through. */
  function contents(): SnapshotContents {
    try {
      const made = options.core()?.snapshot() ?? emptySnapshot;
      const standIns = options.standIns();
      return standIns.length === 0 ? made : { ...made, upstreams: [...made.upstreams, ...standIns] };
    } catch (error) {
      control.log('snapshot-not-composed', { reason: toErrorDocument(error).message });
      return emptySnapshot;
    }
  }

  function lost(exit: { readonly expected: boolean; readonly reason: string | null }): void {
    const interrupted = desk.runEnded();
    keys.gatewayLost();
    options.health.gatewayLost();
    if (!exit.expected) audit('gateway-exited', { reason: exit.reason, interruptedRequests: interrupted });
    announceUsage();
  }

  return {
    start(port) {
      supervisor = createGatewaySupervisor({
        startGateway: control.startGateway,
        clock: control.clock,
        log: control.log,
        port,
        configuration: (actualPort) => ({
          port: actualPort,
          authorizationServerPath: control.paths.authorizationSocket,
          socketPath: control.paths.gatewaySocket,
          tls: latestTls(),
          ...options.networkPlan(),
          maxBodyBytes,
        }),
        snapshot: feed.make,
        prices: () => pricesOf(contents()),
        onConfigured: desk.runStarted,
        onFacts: desk.take,
        onHealth: options.health.take,
        onApplied: feed.applied,
        onCanaryCall: (call) => options.core()?.canaries.called(call),
        onKeyCounted: keys.answered,
        checkCaller: callers.inspect,
        onListening(url) {
          audit('gateway-started', { url, pid: supervisor?.state.pid ?? null });
          feed.push();
          const sent = tlsSent;
          if (latestTls() !== sent) void supervisor?.sendTls(tlsSent);
          options.onListening(url);
        },
        onExit: lost,
        onChange: () => changes.changed('status'),
      });
      return supervisor.start();
    },
    get state() {
      return supervisor?.state ?? notStarted;
    },
    issuer,
    pushSnapshot: feed.push,
    coreOpened: desk.placeKnown,
    pushPrices: () => sendPrices(contents()),
    pushNetwork: (plan) => supervisor?.sendNetwork(plan),
    async pushTls(tls) {
      tlsSent = tls;
      await supervisor?.sendTls(tls);
    },
    gatewayKnows: feed.gatewayKnows,
    inspectCaller: callers.inspect,
    async gatewayObeys() {
      await feed.gatewayKnows();
      if (feed.isKnown) return true;
      supervisor?.kill();
      return false;
    },
    async gatewayTook() {
      await feed.gatewayKnows();
      return feed.isKnown && !isStarting();
    },
    countKey: async (credentialId, version) => (isStarting() ? null : keys.count(credentialId, version)),
    async close(graceMs) {
      await supervisor?.close(graceMs);
      feed.close();
      if (usageTimer !== null) clearTimeout(usageTimer);
      if (runningTimer !== null) clearTimeout(runningTimer);
      await desk.close();
    },
  };
}
