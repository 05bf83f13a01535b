import type {
  ControlMessage,
  GatewayConfiguration,
  GatewayMessage,
  GatewayProcess,
  Snapshot,
  StartGateway,
  TlsLease,
} from '#shared/contract/port.ts';
import type { Clock } from '#shared/model/clock.ts';
import { assertNever } from '#shared/model/error.ts';
import type { PriceTables } from '#shared/model/price.ts';
import type { CallerInspector } from '../binding/caller-inspector.ts';
import type { Log } from '../control-options.ts';
import { createSignal } from '../signal.ts';

/** The gateway process as the status shows it. */
export interface GatewayState {
  readonly state: 'starting' | 'running' | 'restarting' | 'failed' | 'stopped';
  /** Base URL; null while it is not listening. */
  readonly url: string | null;
  readonly pid: number | null;
  /** How often it was started again after it had ended unexpectedly. */
  readonly restarts: number;
  /** What went wrong, for a person; null when nothing did. */
  readonly message: string | null;
  /** Unix socket or pipe on which it answers as well; null while it does not. */
  readonly socketPath: string | null;
  /** Where it speaks TLS; null while that is off or not known yet. */
  readonly tls: TlsState | null;
}

/** The TLS door as the status shows it. */
export interface TlsState {
  /** Base URL; null when it can't be opened. */
  readonly url: string | null;
  /** Why it can't be opened. */
  readonly message: string | null;
}

const noOtherDoors = { socketPath: null, tls: null } as const;

/** Keeps one gateway process running on one port. */
export interface GatewaySupervisor {
  /** Resolves when it listens for the first time, or when the first attempt to listen, or three starts, have failed. */
  start(): Promise<GatewayState>;
  readonly state: GatewayState;
  /** Port it listens on, or would. 0 only before it has listened for the first time. */
  readonly port: number;
  send(snapshot: Snapshot): void;
  /** Tells the present process, configured or not; nobody when there is none. */
  tell(message: ControlMessage): void;
  sendPrices(prices: PriceTables): void;
  sendNetwork(plan: Pick<GatewayConfiguration, 'network' | 'timeouts'>): void;
  /** Resolves when the gateway has told what came of it, or after three seconds, or at once while it does not run. */
  sendTls(tls: TlsLease | null): Promise<void>;
  /** Ends the present process at once; it is started again as after a crash. */
  kill(): void;
  /** Lets open streams finish for so many milliseconds, then ends it. */
  close(graceMs: number): Promise<void>;
}

/** What the supervisor is made from. */
export interface GatewaySupervisorOptions {
  readonly startGateway: StartGateway;
  readonly clock: Clock;
  readonly log: Log;
  /** Port to listen on; 0 picks a free one at the first start, which is then kept. */
  readonly port: number;
  readonly configuration: (port: number) => GatewayConfiguration;
  readonly snapshot: () => Snapshot;
  readonly prices: () => PriceTables;
  /** A process has its configuration and begins to work. */
  readonly onConfigured: (pid: number | null) => void;
  /** The next bytes of its facts. */
  readonly onFacts: (bytes: Uint8Array) => void;
  readonly onHealth: (credentials: Extract<GatewayMessage, { type: 'health-changed' }>['credentials']) => void;
  readonly onApplied: (version: number) => void;
  /** A call that tried a new key went well, or not. */
  readonly onCanaryCall: (call: Extract<GatewayMessage, { type: 'canary-called' }>) => void;
  readonly onKeyCounted: (questionId: number, calls: number) => void;
  /** May the process behind this connection use the tokens of a bound grant? Never rejects. */
  readonly checkCaller: CallerInspector['inspect'];
  readonly onListening: (url: string) => void;
  /** It ended; `expected` tells whether it was told to. Whatever was in flight is lost. */
  readonly onExit: (exit: { readonly expected: boolean; readonly reason: string | null }) => void;
  readonly onChange: () => void;
}

const backoff = { firstMs: 250, highestMs: 10_000, healthyAfterMs: 60_000 } as const;
const listenRetryMs = 3_000;
/** Longest wait for the gateway's word on its doors, in milliseconds. */
const doorsDeadlineMs = 3_000;
/** How long a new process may take until it listens, in milliseconds. */
const startDeadlineMs = 20_000;
/** After so many failed starts `start` no longer waits for the next. */
const hopelessAfter = 3;

type CallerQuestion = Extract<GatewayMessage, { type: 'check-caller' }>;

/** Makes a supervisor; nothing runs before `start`. */
export function createGatewaySupervisor(options: GatewaySupervisorOptions): GatewaySupervisor {
  const { clock, log } = options;
  let state: GatewayState = { state: 'stopped', url: null, pid: null, restarts: 0, message: null, ...noOtherDoors };
  let port = options.port;
  let current: GatewayProcess | null = null;
  let listeningSince: number | null = null;
  let delayMs: number = backoff.firstMs;
  let retry: NodeJS.Timeout | null = null;
  let startDeadline: NodeJS.Timeout | null = null;
  let isClosing = false;
  let hasListened = false;
  const firstOutcome = createSignal();
  const ended = createSignal();
  let doorsTold = createSignal();

  function change(next: Partial<GatewayState>): void {
    state = { ...state, ...next };
    options.onChange();
  }

  function launch(): void {
    retry = null;
    const process = options.startGateway();
    current = process;
    listeningSince = null;
    change({ state: hasListened ? 'restarting' : 'starting', pid: process.pid ?? null });
    startDeadline = setTimeout(() => process.kill(), startDeadlineMs);
    startDeadline.unref();
    process.onMessage((message) => {
      if (process === current) receive(process, message);
    });
    process.onFacts((bytes) => {
      if (process === current) options.onFacts(bytes);
    });
    process.onExit((reason) => {
      if (process === current) exited(reason);
    });
  }

  function receive(process: GatewayProcess, message: GatewayMessage): void {
    switch (message.type) {
      case 'started':
        configure(process);
        break;
      case 'listening':
        listening(message.port);
        break;
      case 'listen-failed':
        listenFailed(process, message.message);
        break;
      case 'snapshot-applied':
        options.onApplied(message.version);
        break;
      case 'doors-changed':
        change({ socketPath: message.socketPath, tls: tlsState(message.tls) });
        doorsTold.fire();
        break;
      case 'health-changed':
        options.onHealth(message.credentials);
        break;
      case 'canary-called':
        options.onCanaryCall(message);
        break;
      case 'key-counted':
        options.onKeyCounted(message.questionId, message.calls);
        break;
      case 'check-caller':
        answerAboutCaller(process, message);
        break;
      case 'shut-down-complete':
        process.kill();
        break;
      default:
        assertNever(message);
    }
  }

  function answerAboutCaller(process: GatewayProcess, { questionId, grantId, connection }: CallerQuestion): void {
    void options.checkCaller(grantId, connection).then((verdict) => {
      if (process === current) process.send({ type: 'caller-checked', questionId, verdict });
    });
  }

  function configure(process: GatewayProcess): void {
    // Some hosts know the process id only once the process runs.
    change({ pid: process.pid ?? null });
    process.send({ type: 'apply-prices', prices: options.prices() });
    process.send({ type: 'configure', configuration: options.configuration(port), snapshot: options.snapshot() });
    options.onConfigured(process.pid ?? null);
  }

  function clearStartDeadline(): void {
    if (startDeadline !== null) clearTimeout(startDeadline);
    startDeadline = null;
  }

  function listening(actualPort: number): void {
    clearStartDeadline();
    port = actualPort;
    hasListened = true;
    listeningSince = clock.monotonic();
    const url = `http://127.0.0.1:${actualPort}`;
    change({ state: 'running', url, message: null });
    log('gateway-listening', { url, pid: state.pid });
    options.onListening(url);
    firstOutcome.fire();
  }

  function listenFailed(process: GatewayProcess, message: string): void {
    clearStartDeadline();
    current = null;
    process.kill();
    log('gateway-listen-failed', { port, message });
    change({ state: 'failed', url: null, pid: null, message, ...noOtherDoors });
    if (!isClosing) retry = setTimeout(launch, listenRetryMs);
    firstOutcome.fire();
    ended.fire();
  }

  function exited(reason: string | null): void {
    clearStartDeadline();
    current = null;
    options.onExit({ expected: isClosing, reason });
    if (isClosing) {
      change({ state: 'stopped', url: null, pid: null, ...noOtherDoors });
      ended.fire();
      return;
    }
    const wasHealthy = listeningSince !== null && clock.monotonic() - listeningSince >= backoff.healthyAfterMs;
    if (wasHealthy) delayMs = backoff.firstMs;
    const message = 'The gateway ended unexpectedly and is being started again.';
    change({ state: 'restarting', url: null, pid: null, restarts: state.restarts + 1, message, ...noOtherDoors });
    log('gateway-exited', { reason, restartInMs: delayMs });
    retry = setTimeout(launch, delayMs);
    delayMs = Math.min(delayMs * 2, backoff.highestMs);
    if (state.restarts >= hopelessAfter) firstOutcome.fire();
  }

  return {
    start() {
      launch();
      return firstOutcome.happened.then(() => state);
    },
    get state() {
      return state;
    },
    get port() {
      return port;
    },
    send(snapshot) {
      if (current !== null && listeningSince !== null) current.send({ type: 'apply-snapshot', snapshot });
    },
    tell: (message) => current?.send(message),
    sendPrices(prices) {
      if (current !== null && listeningSince !== null) current.send({ type: 'apply-prices', prices });
    },
    sendNetwork({ network, timeouts }) {
      if (current !== null && listeningSince !== null) current.send({ type: 'apply-network', network, timeouts });
    },
    async sendTls(tls) {
      if (current === null || listeningSince === null) return;
      doorsTold = createSignal();
      current.send({ type: 'apply-tls', tls });
      const deadline = setTimeout(doorsTold.fire, doorsDeadlineMs);
      await doorsTold.happened;
      clearTimeout(deadline);
    },
    kill: () => current?.kill(),
    async close(graceMs) {
      isClosing = true;
      firstOutcome.fire();
      if (retry !== null) clearTimeout(retry);
      const process = current;
      if (process === null) {
        change({ state: 'stopped', url: null, pid: null });
        return;
      }
      process.send({ type: 'shut-down', graceMs });
      const deadline = setTimeout(() => process.kill(), graceMs + 500);
      await ended.happened;
      clearTimeout(deadline);
    },
  };
}

function tlsState(tls: Extract<GatewayMessage, { type: 'doors-changed' }>['tls']): TlsState | null {
  if (tls === null) return null;
  return { url: tls.port === null ? null : `https://127.0.0.1:${tls.port}`, message: tls.message };
}
