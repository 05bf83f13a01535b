import { fork } from 'node:child_process';
import path from 'node:path';
import { runGateway } from '#main/gateway/run-gateway.ts';
import type { ControlMessage, GatewayMessage, GatewayProcess } from '#shared/contract/port.ts';

/** Starts a gateway process for the suites. */
export type GatewayHost = () => GatewayProcess;

/** See the node entry of the gateway. */
const factsDescriptor = 4;
const root = path.resolve(import.meta.dirname, '../../..');

/**
 * Where the suites run the gateway, by TOLLKEEPER_GATEWAY_HOST: `in-process` (the source, and the default), `node` (the built
 * bundle in a child process) or `electron` (the built bundle in a utilityProcess of TOLLKEEPER_ELECTRON).
 */
export function chosenHost(): GatewayHost {
  switch (process.env.TOLLKEEPER_GATEWAY_HOST ?? 'in-process') {
    case 'node':
      return () => forked(path.join(root, 'dist/main/gateway-node.mjs'), {});
    case 'electron':
      return () =>
        forked(path.join(root, 'test/gateway/support/utility-host.mjs'), {
          execPath: process.env.TOLLKEEPER_ELECTRON ?? 'electron',
          execArgv: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
        });
    default:
      return inProcess;
  }
}

/** Starts a gateway as control does it. One in this process has said that it started before anybody could listen, and says it again. */
export function startForControl(): GatewayProcess {
  const gateway = chosenHost()();
  return {
    ...gateway,
    onMessage(listener) {
      gateway.onMessage(listener);
      if (process.env.TOLLKEEPER_GATEWAY_HOST === undefined) queueMicrotask(() => listener({ type: 'started' }));
    },
  };
}

function inProcess(): GatewayProcess {
  const toGateway: ((message: ControlMessage) => void)[] = [];
  const toControl: ((message: GatewayMessage) => void)[] = [];
  const onFacts: ((bytes: Uint8Array) => void)[] = [];
  const onExit: ((reason: string | null) => void)[] = [];
  const onClose: (() => void)[] = [];
  runGateway({
    send: (message) => {
      for (const listener of toControl) listener(structuredClone(message));
    },
    sendFacts: (bytes, taken) => {
      for (const listener of onFacts) listener(bytes);
      taken();
      return true;
    },
    onMessage: (listener) => void toGateway.push(listener),
    onClose: (listener) => void onClose.push(listener),
    exit: () => {
      for (const listener of onExit) listener(null);
    },
  });
  return {
    send: (message) => {
      for (const listener of toGateway) listener(structuredClone(message));
    },
    onMessage: (listener) => void toControl.push(listener),
    onFacts: (listener) => void onFacts.push(listener),
    onExit: (listener) => void onExit.push(listener),
    kill: () => {
      for (const listener of onClose) listener();
    },
    pid: process.pid,
  };
}

function forked(entry: string, options: { execPath?: string; execArgv?: string[] }): GatewayProcess {
  const child = fork(entry, [], {
    ...options,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe'],
  });
  return {
    send: (message) => void child.send(message),
    onMessage: (listener) => void child.on('message', (message) => listener(message as GatewayMessage)),
    onFacts: (listener) => void child.stdio[factsDescriptor]?.on('data', (bytes: Buffer) => listener(bytes)),
    onExit: (listener) => void child.once('close', (code) => listener(code === 0 ? null : `exit code ${code}`)),
    kill: () => void child.kill('SIGKILL'),
    pid: child.pid,
  };
}
