import { canaryTrial } from '#main/control/rotation/live-switch.ts';
import { type Facts, writeFacts } from '#shared/contract/facts.ts';
import type { CanaryLease, ControlMessage, GatewayMessage, GatewayProcess, Snapshot } from '#shared/contract/port.ts';

/** A gateway process without a process: it answers as a good one would, and can be made to die. */
export interface FakeGateway extends GatewayProcess {
  /** Newest snapshot it was given; null before the first. */
  readonly snapshot: Snapshot | null;
  readonly received: readonly ControlMessage[];
  /** Port it was configured with. */
  readonly port: number | null;
  readonly isRunning: boolean;
  report(facts: Partial<Facts>): void;
  /** Ends as if it had crashed. */
  die(reason?: string): void;
}

/** How a fake gateway behaves. */
export interface FakeGatewayBehaviour {
  /** Port it says it listens on when it was configured with 0. */
  readonly freePort?: number;
  /** True when the port it is told is taken. */
  readonly isPortTaken?: () => boolean;
  /** True when it never says that it started. */
  readonly isMute?: boolean;
}

/** A host of fake gateways: `start` makes the next one, `current` is the newest. */
export interface FakeGatewayHost {
  start(): FakeGateway;
  readonly current: FakeGateway;
  readonly started: readonly FakeGateway[];
}

/** Makes a host whose gateways all behave that way. */
export function createFakeGatewayHost(behaviour: FakeGatewayBehaviour = {}): FakeGatewayHost {
  const started: FakeGateway[] = [];
  return {
    started,
    start() {
      const gateway = createFakeGateway(behaviour, 5_000 + started.length);
      started.push(gateway);
      return gateway;
    },
    get current() {
      const newest = started.at(-1);
      if (newest === undefined) throw new Error('No gateway was started');
      return newest;
    },
  };
}

function createFakeGateway(behaviour: FakeGatewayBehaviour, pid: number): FakeGateway {
  const messageListeners: ((message: GatewayMessage) => void)[] = [];
  const factsListeners: ((bytes: Uint8Array) => void)[] = [];
  let sequence = 0;
  const exitListeners: ((reason: string | null) => void)[] = [];
  const received: ControlMessage[] = [];
  let snapshot: Snapshot | null = null;
  let port: number | null = null;
  let isRunning = true;

  function tell(message: GatewayMessage): void {
    queueMicrotask(() => {
      if (isRunning) for (const listener of messageListeners) listener(message);
    });
  }

  function exit(reason: string | null): void {
    if (!isRunning) return;
    isRunning = false;
    for (const listener of exitListeners) listener(reason);
  }

  function apply(next: Snapshot): void {
    snapshot = next;
    tell({ type: 'snapshot-applied', version: next.version });
    for (const { credentialId, canary } of next.upstreams) if (canary) tryNewKey(credentialId, canary);
  }

  /** As under calls that all go well. */
  function tryNewKey(credentialId: string, { version }: CanaryLease): void {
    for (let call = 0; call < canaryTrial.calls; call += 1)
      tell({ type: 'canary-called', credentialId, version, refused: null });
  }

  function configure(message: Extract<ControlMessage, { type: 'configure' }>): void {
    port = message.configuration.port;
    if (behaviour.isPortTaken?.() === true) {
      tell({ type: 'listen-failed', code: 'port_in_use', message: `Port ${port} is taken.` });
      return;
    }
    tell({ type: 'listening', port: port === 0 ? (behaviour.freePort ?? 43_210) : port, addresses: ['127.0.0.1'] });
    apply(message.snapshot);
  }

  if (behaviour.isMute !== true) tell({ type: 'started' });
  return {
    pid,
    received,
    get snapshot() {
      return snapshot;
    },
    get port() {
      return port;
    },
    get isRunning() {
      return isRunning;
    },
    send(message) {
      received.push(message);
      if (message.type === 'configure') configure(message);
      else if (message.type === 'apply-snapshot') apply(message.snapshot);
      else if (message.type === 'count-key') tell({ type: 'key-counted', questionId: message.questionId, calls: 0 });
      else if (message.type === 'shut-down') queueMicrotask(() => exit(null));
    },
    onMessage: (listener) => void messageListeners.push(listener),
    onFacts: (listener) => void factsListeners.push(listener),
    onExit: (listener) => void exitListeners.push(listener),
    kill: () => exit('signal SIGKILL'),
    report({ opened = [], progress = [], settled = [] }) {
      sequence += 1;
      const bytes = new TextEncoder().encode(`${writeFacts(sequence, { opened, progress, settled })}\n`);
      for (const listener of factsListeners) listener(bytes);
    },
    die: (reason = 'signal SIGKILL') => exit(reason),
  };
}
