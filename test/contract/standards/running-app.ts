import { onTestFinished } from 'vitest';
import type { Control } from '#main/control/control.ts';
import type { Approval } from '#shared/model/access.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { startForControl } from '#test/gateway/support/gateway-host.ts';
import { startUpstream, type TestUpstream } from '#test/gateway/support/test-upstream.ts';
import { callerOf, startControl } from '#test/unit/control/running-control.ts';

/** Control and gateway as they run, with a provider behind them. */
export interface RunningApp {
  /** Base URL of the gateway: issuer and resource. */
  readonly url: string;
  readonly control: Control;
  readonly upstream: TestUpstream;
  /** Answers the oldest waiting request as a person does, as soon as there is one. */
  approve(approval?: Approval): Promise<void>;
  deny(): Promise<void>;
}

/** Starts them with one key; they end with the test. */
export async function startApp(): Promise<RunningApp> {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const { control, until } = await startControl({ changes: { port: 0, clock, startGateway: startForControl } });
  const key = { provider: 'openai', secret: canaryKey('openai'), baseUrl: `${upstream.origin}/v1`, verify: false };
  await control.perform('credential.add', key, callerOf());
  const waiting = async () => (await control.perform('request.list', {}, callerOf()))[0]?.id ?? null;
  async function nextWaiting(): Promise<string> {
    await until('requests', async () => (await waiting()) !== null);
    return (await waiting()) ?? '';
  }
  return {
    url: control.gatewayUrl ?? '',
    control,
    upstream,
    async approve(approval = {}) {
      await control.perform('request.approve', { id: await nextWaiting(), approval }, callerOf('prompt'));
    },
    async deny() {
      await control.perform('request.deny', { id: await nextWaiting(), always: false }, callerOf('prompt'));
    },
  };
}

/** Opens the page of the code flow as a browser does, and follows it to where the client is answered. */
export async function browse(address: URL, answer: () => Promise<void>): Promise<URL> {
  const headers = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const page = await fetch(address, { headers, redirect: 'manual' });
  const next = /url=(\S+)$/.exec(page.headers.get('refresh') ?? '')?.[1];
  if (next === undefined) return new URL(page.headers.get('location') ?? 'it was not redirected');
  const waited = fetch(new URL(next, address), { headers, redirect: 'manual' });
  await answer();
  return new URL((await waited).headers.get('location') ?? 'it was not redirected');
}
