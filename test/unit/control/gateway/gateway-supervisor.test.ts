import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGatewaySupervisor, type GatewaySupervisor } from '#main/control/gateway/gateway-supervisor.ts';
import { emptySnapshot } from '#main/control/snapshot/compose-snapshot.ts';
import { plainNetwork } from '#shared/model/network.ts';
import { noPrices } from '#shared/model/price.ts';
import { createFakeClock, type FakeClock } from '#test/fakes/fake-clock.ts';
import { createFakeGatewayHost, type FakeGatewayBehaviour, type FakeGatewayHost } from '#test/fakes/fake-gateway.ts';

interface SupervisorBench {
  readonly host: FakeGatewayHost;
  readonly clock: FakeClock;
  readonly supervisor: GatewaySupervisor;
  readonly exits: { readonly expected: boolean; readonly reason: string | null }[];
  readonly urls: string[];
  /** Lets the timers of so many milliseconds run, and what they set off. */
  pass(milliseconds: number): Promise<void>;
}

function bench(behaviour: FakeGatewayBehaviour = {}, port = 8_377): SupervisorBench {
  const host = createFakeGatewayHost(behaviour);
  const clock = createFakeClock();
  const exits: { expected: boolean; reason: string | null }[] = [];
  const urls: string[] = [];
  const supervisor = createGatewaySupervisor({
    startGateway: host.start,
    clock,
    log: () => undefined,
    port,
    configuration: (actual) => ({
      port: actual,
      authorizationServerPath: '/nowhere',
      socketPath: '/nowhere',
      tls: null,
      timeouts: { connect: 1, firstByte: 1, idle: 1 },
      network: plainNetwork,
      maxBodyBytes: 1,
    }),
    prices: () => noPrices,
    snapshot: () => ({ version: 1, issuer: '', audience: '', ...emptySnapshot }),
    onConfigured: () => undefined,
    onFacts: () => undefined,
    onHealth: () => undefined,
    onCanaryCall: () => undefined,
    onKeyCounted: () => undefined,
    onApplied: () => undefined,
    checkCaller: async () => 'unknown',
    onListening: (url) => urls.push(url),
    onExit: (exit) => exits.push(exit),
    onChange: () => undefined,
  });
  return {
    host,
    clock,
    supervisor,
    exits,
    urls,
    async pass(milliseconds) {
      clock.advance(milliseconds);
      await vi.advanceTimersByTimeAsync(milliseconds);
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function started(made: SupervisorBench): Promise<void> {
  const starting = made.supervisor.start();
  await made.pass(0);
  await starting;
}

describe('a gateway that runs', () => {
  test('is configured when it says that it started, and its port is known', async () => {
    const made = bench({ freePort: 40_001 }, 0);
    await started(made);
    expect(made.supervisor.state).toMatchObject({ state: 'running', url: 'http://127.0.0.1:40001', restarts: 0 });
    expect(made.supervisor.port).toBe(40_001);
  });

  test('is started again on the same port when it dies', async () => {
    const made = bench({ freePort: 40_001 }, 0);
    await started(made);
    made.host.current.die('signal SIGSEGV');
    expect(made.exits).toEqual([{ expected: false, reason: 'signal SIGSEGV' }]);
    expect(made.supervisor.state).toMatchObject({ state: 'restarting', url: null, restarts: 1 });
    await made.pass(249);
    expect(made.host.started).toHaveLength(1);
    await made.pass(1);
    await made.pass(0);
    expect(made.host.current.port).toBe(40_001);
    expect(made.supervisor.state).toMatchObject({
      state: 'running',
      url: 'http://127.0.0.1:40001',
      restarts: 1,
      message: null,
    });
  });

  test('that dies again and again is started more and more slowly, up to ten seconds', async () => {
    const made = bench();
    await started(made);
    const delays: number[] = [];
    for (let death = 0; death < 8; death += 1) {
      const before = made.host.started.length;
      made.host.current.die();
      let waited = 0;
      while (made.host.started.length === before) {
        await made.pass(50);
        waited += 50;
      }
      await made.pass(0);
      delays.push(waited);
    }
    expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    await made.pass(60_000);
    made.host.current.die();
    await made.pass(250);
    expect(made.host.started).toHaveLength(10);
  });

  test('is told to end, and killed when it does not', async () => {
    const made = bench();
    await started(made);
    const closing = made.supervisor.close(1_000);
    await made.pass(0);
    await closing;
    expect(made.host.current.received.at(-1)).toEqual({ type: 'shut-down', graceMs: 1_000 });
    expect(made.exits).toEqual([{ expected: true, reason: null }]);
    await made.pass(20_000);
    expect(made.host.started).toHaveLength(1);

    const stubborn = bench();
    await started(stubborn);
    stubborn.host.current.send = () => undefined;
    const ending = stubborn.supervisor.close(1_000);
    await stubborn.pass(1_499);
    expect(stubborn.host.current.isRunning).toBe(true);
    await stubborn.pass(1);
    await ending;
    expect(stubborn.host.current.isRunning).toBe(false);
  });
});

describe('a gateway that can’t listen', () => {
  test('has failed, says why, and is tried again until the port is free', async () => {
    let isTaken = true;
    const made = bench({ isPortTaken: () => isTaken });
    await started(made);
    expect(made.supervisor.state).toMatchObject({ state: 'failed', url: null, message: 'Port 8377 is taken.' });
    await made.pass(3_000);
    await made.pass(0);
    expect(made.supervisor.state.state).toBe('failed');
    isTaken = false;
    await made.pass(3_000);
    await made.pass(0);
    expect(made.supervisor.state).toMatchObject({ state: 'running', url: 'http://127.0.0.1:8377' });
    expect(made.exits).toEqual([]);
  });

  test('and never starts is killed in the end, and not waited for after the third time', async () => {
    const made = bench({ isMute: true });
    const starting = made.supervisor.start();
    await made.pass(20_000);
    expect(made.exits).toEqual([{ expected: false, reason: 'signal SIGKILL' }]);
    await made.pass(20_250);
    await made.pass(20_500);
    expect(await starting).toMatchObject({ state: 'restarting', restarts: 3 });
    await made.pass(1_000);
    expect(made.host.started).toHaveLength(4);
  });
});
