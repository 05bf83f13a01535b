import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { type ControlPort, runGateway } from '#main/gateway/run-gateway.ts';
import type { ControlMessage, GatewayMessage, Snapshot } from '#shared/contract/port.ts';
import { plainNetwork } from '#shared/model/network.ts';

const snapshot: Snapshot = {
  ...{ version: 3, issuer: 'http://127.0.0.1:8377', audience: 'http://127.0.0.1:8377', jwks: { keys: [] } },
  ...{ upstreams: [], aliases: [], grants: [], limits: [], revokedTokenIds: [], referenceTokens: [], paused: false },
};

function configure(port: number): ControlMessage {
  const timeouts = { connect: 1_000, firstByte: 1_000, idle: 1_000 };
  return {
    type: 'configure',
    snapshot,
    configuration: {
      port,
      authorizationServerPath: '/none',
      socketPath: '/none',
      tls: null,
      timeouts,
      network: plainNetwork,
      maxBodyBytes: 1,
    },
  };
}

/** Control's end of the line: what was said, in order, the exit included. */
function fakeControl() {
  const heard: (GatewayMessage['type'] | `exit ${number}`)[] = [];
  const waiting: { readonly wanted: string; readonly resolve: (message: GatewayMessage | null) => void }[] = [];
  let tell: (message: ControlMessage) => void = () => undefined;
  let leave: () => void = () => undefined;
  function hear(name: (typeof heard)[number], message: GatewayMessage | null): void {
    heard.push(name);
    for (const one of waiting.filter((candidate) => candidate.wanted === name)) one.resolve(message);
  }
  const port: ControlPort = {
    send: (message) => hear(message.type, message),
    sendFacts: () => true,
    onMessage: (listener) => {
      tell = listener;
    },
    onClose: (listener) => {
      leave = listener;
    },
    exit: (code) => hear(`exit ${code}`, null),
  };
  return {
    port,
    heard,
    tell: (message: ControlMessage) => tell(message),
    leave: () => leave(),
    next: (wanted: string) => new Promise<GatewayMessage | null>((resolve) => waiting.push({ wanted, resolve })),
  };
}

describe('the gateway process', () => {
  it('starts, listens, takes snapshots, and says when it is done before it ends', async () => {
    const control = fakeControl();
    runGateway(control.port);
    const applied = control.next('snapshot-applied');
    control.tell(configure(0));
    expect(await applied).toEqual({ type: 'snapshot-applied', version: 3 });
    const newer = control.next('snapshot-applied');
    control.tell({ type: 'apply-snapshot', snapshot: { ...snapshot, version: 4 } });
    expect(await newer).toEqual({ type: 'snapshot-applied', version: 4 });
    const ended = control.next('exit 0');
    control.tell({ type: 'shut-down', graceMs: 0 });
    await ended;
    expect(control.heard).toEqual([
      'started',
      'listening',
      'snapshot-applied',
      'snapshot-applied',
      'shut-down-complete',
      'exit 0',
    ]);
  });

  it('says that its port is taken', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const taken = typeof address === 'object' && address !== null ? address.port : 0;
    const control = fakeControl();
    runGateway(control.port);
    const failed = control.next('listen-failed');
    control.tell(configure(taken));
    expect(await failed).toMatchObject({ code: 'port_in_use', message: expect.stringContaining(String(taken)) });
    other.close();
  });

  it('does not outlive control', async () => {
    const control = fakeControl();
    runGateway(control.port);
    const listening = control.next('snapshot-applied');
    control.tell(configure(0));
    await listening;
    const ended = control.next('exit 0');
    control.leave();
    await ended;
    expect(control.heard.at(-1)).toBe('exit 0');
  });
});
