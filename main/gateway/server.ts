import type {
  ControlMessage,
  GatewayConfiguration,
  GatewayMessage,
  Snapshot,
  TlsLease,
} from '#shared/contract/port.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { createUsageReader } from './dialect/usage-reader.ts';
import { createDoors, type OtherDoors } from './doors.ts';
import { FactsQueue, type ReportFacts } from './facts-queue.ts';
import type { HandleRequest } from './http/server/http-server.ts';
import type { Door } from './pipeline/door.ts';
import { Exchange } from './pipeline/exchange.ts';
import { holdsKey } from './pipeline/holds-key.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import type { Prices } from './pipeline/prices.ts';
import { createPools, type PoolPlan } from './pools.ts';
import { createRequestIds } from './request-ids.ts';
import { CallerChecks } from './state/caller-checks.ts';
import { GatewayState } from './state/gateway-state.ts';
import { Roster } from './state/roster.ts';
import type { UpstreamReports } from './state/upstream-directory.ts';

/** Everything the gateway needs from outside. */
export interface GatewayOptions {
  readonly configuration: GatewayConfiguration;
  readonly snapshot: Snapshot;
  /** Takes facts, once per turn of the event loop at most. */
  readonly report: ReportFacts;
  /** Take what calls find out about keys; rare. */
  readonly reports: UpstreamReports;
  /** Asks control who is at the other end of a connection; it answers by {@link Gateway.callerChecked}. */
  readonly askAboutCaller: (question: Extract<GatewayMessage, { type: 'check-caller' }>) => void;
  readonly prices: Prices;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Buffer;
}

/** Bytes of an id that a translated answer carries. */
const answerIdBytes = 12;

/** Where the gateway listens. */
export interface Listening {
  readonly port: number;
  readonly addresses: readonly string[];
}

/** The data plane. */
export interface Gateway {
  /** Starts listening on the loopback addresses; rejects with `port_in_use`. A machine without IPv6 is fine. */
  listen(): Promise<Listening>;
  /** Opens the doors beside the plain one, after `listen`. What can't be opened is left closed, and told. */
  openOthers(): Promise<OtherDoors>;
  /** Opens, moves or closes the TLS door, or gives it another certificate. Connections that stand are not cut by the latter. */
  applyTls(lease: TlsLease | null): Promise<OtherDoors>;
  /** Takes a newer snapshot; when it returns, streams of ended grants are cut. Answers the version now in force. */
  applySnapshot(snapshot: Snapshot): number;
  /** Takes control's answer about a caller. */
  callerChecked(answer: Extract<ControlMessage, { type: 'caller-checked' }>): void;
  /** How many calls in flight hold this version of a key, or may yet take it up. */
  keyUses(credentialId: string, version: number): number;
  /** Takes another way to the network, or other deadlines, for calls from now on. */
  applyNetwork(plan: PoolPlan): void;
  /** Lets open requests end for `graceMs` milliseconds, cuts the rest, and reports every row before it resolves. */
  close(graceMs: number): Promise<void>;
}

/** Makes a gateway; nothing happens before `listen`. */
export function createGateway(options: GatewayOptions): Gateway {
  const { configuration, clock } = options;
  const state = new GatewayState(options.snapshot, clock, options.reports);
  const facts = new FactsQueue(options.report);
  const callers = new CallerChecks(options.askAboutCaller);
  const pools = createPools(configuration);
  const nextId = createRequestIds({ now: () => clock.now(), randomBytes: options.randomBytes });
  const running = new Roster<Exchange>();
  let port = configuration.port;
  let onIdle: (() => void) | null = null;
  const pipeline = createPipeline({
    ...{ state, callers, pools, facts, clock, createUsageReader, prices: options.prices },
    newId: () => options.randomBytes(answerIdBytes).toString('hex'),
    port: () => port,
    maxBodyBytes: configuration.maxBodyBytes,
    authorizationServerPath: configuration.authorizationServerPath,
    onSettled(exchange) {
      leave(exchange);
      if (running.size === 0) {
        onIdle?.();
      }
    },
  });

  function handleAt(door: Door): HandleRequest {
    return (request, response) => {
      const exchange = new Exchange({
        door,
        request,
        response,
        id: nextId(),
        startedAt: clock.now(),
        started: clock.monotonic(),
      });
      exchange.seat = running.join(exchange);
      pipeline.run(exchange);
      if (exchange.handled) {
        leave(exchange);
      }
    };
  }

  function leave({ seat }: Exchange): void {
    if (seat !== null) {
      running.leave(seat);
    }
  }

  const doors = createDoors(handleAt);

  return {
    async listen() {
      const listening = await doors.open(configuration.port);
      port = listening.port;
      return { port, addresses: listening.addresses };
    },
    async openOthers() {
      await Promise.all([doors.openSocket(configuration.socketPath), doors.applyTls(configuration.tls)]);
      return doors.others;
    },
    async applyTls(lease) {
      await doors.applyTls(lease);
      return doors.others;
    },
    applySnapshot(snapshot) {
      state.apply(snapshot);
      pools.keep(state.origins);
      return state.version;
    },
    callerChecked: ({ questionId, verdict }) => callers.answered(questionId, verdict),
    keyUses(credentialId, version) {
      const key = { credentialId, version };
      const holders = running.members().filter((exchange) => holdsKey(exchange, key));
      return holders.length + state.upstreams.borrowed(key);
    },
    applyNetwork: pools.use,
    async close(graceMs) {
      const { servers } = doors;
      const closed = doors.close();
      pipeline.settleEnded();
      if (running.size > 0) {
        await within(graceMs, (done) => {
          onIdle = done;
        });
      }
      pipeline.settleEnded();
      for (const exchange of running.members()) {
        exchange.stop(new TollkeeperError('gateway_exited'), 'upstream_error');
      }
      for (const server of servers) {
        server.closeAllConnections();
      }
      pools.destroy();
      await closed;
      facts.flush();
    },
  };
}

function within(milliseconds: number, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    start(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
