import { randomBytes } from 'node:crypto';
import type { ControlMessage, GatewayMessage } from '#shared/contract/port.ts';
import { assertNever, toErrorDocument } from '#shared/model/error.ts';
import { noPrices } from '#shared/model/price.ts';
import { createPriceBook } from '#shared/policy/price-usage.ts';
import { FactsOutbox } from './facts-outbox.ts';
import { createGateway, type Gateway } from './server.ts';

/** The line to control, whichever kind of process this is. */
export interface ControlPort {
  send(message: GatewayMessage): void;
  /** Writes facts in order; see {@link FactsOutbox}. */
  sendFacts(bytes: Uint8Array, taken: () => void): boolean;
  onMessage(listener: (message: ControlMessage) => void): void;
  /** Calls back when control is gone. */
  onClose(listener: () => void): void;
  /** Ends this process. */
  exit(code: number): void;
}

/**
 * The gateway process: takes its configuration, listens, and does what control says until control says to stop or goes away.
 * Without control nobody could revoke anything, so it does not outlive it: it cuts what runs, leaves its facts and ends.
 */
export function runGateway(port: ControlPort): void {
  let gateway: Gateway | null = null;
  let book = createPriceBook(noPrices);
  const outbox = new FactsOutbox({
    send: (bytes, taken) => port.sendFacts(bytes, taken),
    randomBytes,
    onSpillFailed: (error) =>
      process.stderr.write(`Facts could not be left for the next start: ${toErrorDocument(error).message}\n`),
  });

  async function start(message: Extract<ControlMessage, { type: 'configure' }>): Promise<void> {
    gateway = createGateway({
      configuration: message.configuration,
      snapshot: message.snapshot,
      reports: {
        health: (credentialId, health) =>
          port.send({ type: 'health-changed', credentials: [{ credentialId, health }] }),
        canary: (credentialId, call) => port.send({ type: 'canary-called', credentialId, ...call }),
      },
      askAboutCaller: (question) => port.send(question),
      report: (facts, sent) => outbox.report(facts, sent),
      prices: {
        priceUsage: (input) => book.priceUsage(input),
        priceCeiling: (input) => book.priceCeiling(input),
      },
      clock: { now: () => Date.now(), monotonic: () => performance.now() },
      randomBytes,
    });
    try {
      const listening = await gateway.listen();
      port.send({ type: 'listening', port: listening.port, addresses: [...listening.addresses] });
      port.send({ type: 'snapshot-applied', version: message.snapshot.version });
      port.send({ type: 'doors-changed', ...(await gateway.openOthers()) });
    } catch (error) {
      const { code, message: text } = toErrorDocument(error);
      port.send({ type: 'listen-failed', code: code === 'port_in_use' ? code : 'internal', message: text });
    }
  }

  async function stop(graceMs: number): Promise<void> {
    await gateway?.close(graceMs);
    await outbox.drained();
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
      case 'apply-prices':
        book = createPriceBook(message.prices);
        return;
      case 'apply-network':
        gateway?.applyNetwork(message);
        return;
      case 'apply-tls':
        void gateway?.applyTls(message.tls).then((doors) => port.send({ type: 'doors-changed', ...doors }));
        return;
      case 'keep-facts':
        outbox.keepAt(message.spill);
        return;
      case 'caller-checked':
        gateway?.callerChecked(message);
        return;
      case 'count-key': {
        const { questionId, credentialId, version } = message;
        const calls = gateway?.keyUses(credentialId, version) ?? 0;
        port.send({ type: 'key-counted', questionId, calls });
        return;
      }
      case 'facts-kept':
        outbox.acknowledge(message.upTo);
        return;
      case 'shut-down':
        void stop(message.graceMs).finally(() => port.exit(0));
        return;
      default:
        assertNever(message);
    }
  });
  port.onClose(() => {
    outbox.orphaned();
    void (gateway?.close(0) ?? Promise.resolve()).finally(() => {
      outbox.close();
      port.exit(0);
    });
  });
  port.send({ type: 'started' });
}
