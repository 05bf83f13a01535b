import { type ChildProcess, fork } from 'node:child_process';
import { getDefaultHighWaterMark, type Readable, setDefaultHighWaterMark } from 'node:stream';
import type { GatewayMessage, GatewayProcess } from '#shared/contract/port.ts';
import { gatewayEnvironment } from './gateway-environment.ts';
import { readInBatches } from './read-in-batches.ts';

/** Where the gateway writes its facts; the channel for messages is 3. */
const factsDescriptor = 4;

/** Where the gateway's bundle is and where its stderr goes. */
export interface NodeGatewayOptions {
  /** Absolute path of `gateway-node.mjs`. */
  readonly entry: string;
  readonly log: (event: string, facts: Readonly<Record<string, unknown>>) => void;
}

/**
 * Starts the gateway as a child process of plain Node, with an environment that holds nothing of ours. Messages it sends that
 * are not in the contract are dropped and logged. The contract is loaded meanwhile, since a process takes its time to start.
 */
export function spawnNodeGateway({ entry, log }: NodeGatewayOptions): GatewayProcess {
  const child = forkWithShortReads(entry);
  const contract = import('#shared/contract/port.ts');
  const messageListeners: ((message: GatewayMessage) => void)[] = [];
  const factsListeners: ((bytes: Uint8Array) => void)[] = [];
  const exitListeners: ((reason: string | null) => void)[] = [];
  let isTold = false;
  let hasExited = false;

  function exited(reason: string): void {
    if (hasExited) return;
    hasExited = true;
    for (const listener of exitListeners) listener(isTold ? null : reason);
  }

  async function heard(raw: unknown): Promise<void> {
    const parsed = (await contract).gatewayMessageSchema.safeParse(raw);
    if (!parsed.success) {
      log('gateway-message-refused', { issue: parsed.error.issues[0]?.message ?? 'unknown' });
      return;
    }
    for (const listener of messageListeners) listener(parsed.data);
  }

  child.stderr?.on('data', (chunk: Buffer) => log('gateway-stderr', { text: chunk.toString('utf8').slice(0, 2_000) }));
  child.on('message', (raw: unknown) => void heard(raw));
  const facts = child.stdio[factsDescriptor];
  if (facts) {
    readInBatches(facts as Readable, (bytes) => {
      for (const listener of factsListeners) listener(bytes);
    });
  }
  child.once('error', (error) => exited(error.message));
  // Its pipes are closed by then, so everything it wrote has been read.
  child.once('close', async (code, signal) => {
    await contract;
    exited(signal === null ? `exit code ${code}` : `signal ${signal}`);
  });
  return {
    send(message) {
      if (message.type === 'shut-down') isTold = true;
      if (child.connected) child.send(message, () => undefined);
    },
    onMessage: (listener) => void messageListeners.push(listener),
    onFacts: (listener) => void factsListeners.push(listener),
    onExit: (listener) => void exitListeners.push(listener),
    kill: () => void child.kill('SIGKILL'),
    get pid() {
      return child.pid;
    },
  };
}

/**
 * The gateway drops nearly all that it allocates. With all of the young generation's room from the start little of it is ever copied, and
 * one thread does that with less work than four that share it.
 */
const memoryFlags = ['--min-semi-space-size=16', '--no-parallel-scavenge'];

/** Its pipes stop being read as soon as they are paused: the pipe of facts is, see {@link readInBatches}, and `fork` makes it. */
function forkWithShortReads(entry: string): ChildProcess {
  const usual = getDefaultHighWaterMark(false);
  setDefaultHighWaterMark(false, 1);
  try {
    return fork(entry, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
      env: gatewayEnvironment(process.env),
      execArgv: memoryFlags,
    });
  } finally {
    setDefaultHighWaterMark(false, usual);
  }
}
