import { utilityProcess } from 'electron';
import { type GatewayMessage, type GatewayProcess, gatewayMessageSchema } from '#shared/contract/port.ts';
import { gatewayEnvironment } from './gateway-environment.ts';

/** Where the gateway's bundle is and where its stderr goes. */
export interface UtilityGatewayOptions {
  /** Absolute path of `gateway-electron.mjs`. */
  readonly entry: string;
  log(event: string, facts: Readonly<Record<string, unknown>>): void;
}

/**
 * Starts the gateway in a utilityProcess of its own, with an environment that holds nothing of ours.
 * Messages it sends that are not in the contract are dropped and logged.
 */
export function startUtilityGateway({ entry, log }: UtilityGatewayOptions): GatewayProcess {
  const child = utilityProcess.fork(entry, [], {
    serviceName: 'Tollkeeper gateway',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: gatewayEnvironment(process.env),
  });
  const messageListeners: ((message: GatewayMessage) => void)[] = [];
  const factsListeners: ((bytes: Uint8Array) => void)[] = [];
  const exitListeners: ((reason: string | null) => void)[] = [];
  let told = false;
  child.stderr?.on('data', (chunk: Buffer) => log('gateway-stderr', { text: chunk.toString('utf8').slice(0, 2_000) }));
  child.on('message', (raw: unknown) => {
    if (raw instanceof Uint8Array) {
      for (const listener of factsListeners) listener(raw);
      return;
    }
    const parsed = gatewayMessageSchema.safeParse(raw);
    if (!parsed.success) {
      log('gateway-message-refused', { issue: parsed.error.issues[0]?.message ?? 'unknown' });
      return;
    }
    for (const listener of messageListeners) listener(parsed.data);
  });
  child.once('exit', (code) => {
    for (const listener of exitListeners) listener(told ? null : `exit code ${code}`);
  });
  return {
    send: (message) => {
      if (message.type === 'shut-down') told = true;
      child.postMessage(message);
    },
    onMessage: (listener) => void messageListeners.push(listener),
    onFacts: (listener) => void factsListeners.push(listener),
    onExit: (listener) => void exitListeners.push(listener),
    kill: () => {
      if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
    },
    get pid() {
      return child.pid;
    },
  };
}
