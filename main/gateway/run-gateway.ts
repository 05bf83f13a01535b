import { randomBytes } from 'node:crypto';
import type { ControlMessage, Facts, GatewayMessage } from '#shared/contract/port.ts';
import { assertNever, toErrorDocument } from '#shared/model/error.ts';
import { priceCeiling, priceUsage } from '#shared/policy/price-usage.ts';
import { createGateway, type Gateway } from './server.ts';

/** The line to control, whichever kind of process this is. */
export interface ControlPort {
  send(message: GatewayMessage): void;
  onMessage(listener: (message: ControlMessage) => void): void;
  /** Calls back when control is gone. */
  onClose(listener: () => void): void;
  /** Ends this process. */
  exit(code: number): void;
}

const orphanGraceMs = 1_000;

/**
 * The gateway process: takes its configuration, listens, and does what control says until control says to stop or goes away.
 * Without control nobody could revoke anything, so it does not outlive it.
 */
export function runGateway(port: ControlPort): void {
  let gateway: Gateway | null = null;

  async function start(message: Extract<ControlMessage, { type: 'configure' }>): Promise<void> {
    gateway = createGateway({
      configuration: message.configuration,
      snapshot: message.snapshot,
      report: (facts: Facts) =>
        port.send({
          type: 'facts',
          opened: [...facts.opened],
          progress: [...facts.progress],
          settled: [...facts.settled],
        }),
      prices: { priceUsage, priceCeiling },
      clock: { now: () => Date.now(), monotonic: () => performance.now() },
      randomBytes,
    });
    try {
      const listening = await gateway.listen();
      port.send({ type: 'listening', port: listening.port, addresses: [...listening.addresses] });
      port.send({ type: 'snapshot-applied', version: message.snapshot.version });
    } catch (error) {
      const { code, message: text } = toErrorDocument(error);
      port.send({ type: 'listen-failed', code: code === 'port_in_use' ? code : 'internal', message: text });
    }
  }

  async function stop(graceMs: number): Promise<void> {
    await gateway?.close(graceMs);
    port.send({ type: 'shut-down-complete' });
  }

  port.onMessage((message) => {
    switch (message.type) {
      case 'configure':
        void start(message);
        return;
      case 'apply-snapshot':
        if (gateway !== null) {
          port.send({ type: 'snapshot-applied', version: gateway.applySnapshot(message.snapshot) });
        }
        return;
      case 'apply-network':
        gateway?.applyNetwork(message);
        return;
      case 'shut-down':
        void stop(message.graceMs).finally(() => port.exit(0));
        return;
      default:
        assertNever(message);
    }
  });
  port.onClose(() => {
    void (gateway?.close(orphanGraceMs) ?? Promise.resolve()).finally(() => port.exit(0));
  });
  port.send({ type: 'started' });
}
