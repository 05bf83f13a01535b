import { LLMock } from '@copilotkit/aimock';
import { onTestFinished } from 'vitest';
import type { ControlOptions } from '#main/control/control-options.ts';
import type { Rotation } from '#shared/model/rotation.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { type OpenaiKeyService, openaiAdminKey, startOpenaiKeyService } from '#test/fakes/openai-key-service.ts';
import { callerOf, type RunningControl, startControl } from '#test/unit/control/running-control.ts';
import { startForControl } from './gateway-host.ts';

const cli = callerOf();

/** The key that the credential has at first. */
export const firstSecret = 'sk-proj-made-by-hand-0123456789-last';
/** What the model answers, whatever it is asked about the toll. */
export const answerText = 'The toll is three pence.';

/** Control and gateway as they are, before a provider that takes no key but the living ones. */
export interface LiveRotationBench extends RunningControl {
  readonly service: OpenaiKeyService;
  readonly credentialId: string;
  readonly token: string;
  /** Begins a rotation. */
  start(): Promise<void>;
  /** Lets time pass whenever the latest rotation waits, until it is as wanted. */
  reach(isWanted: (rotation: Rotation) => boolean): Promise<Rotation>;
  /** Carries one rotation through to its end. */
  rotate(): Promise<Rotation>;
}

/** Starts one; it is closed when the test has finished. */
export async function startLiveRotationBench(
  startGateway: ControlOptions['startGateway'] = startForControl,
): Promise<LiveRotationBench> {
  const mock = new LLMock({ port: 0 });
  const usage = { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19, input_tokens: 12, output_tokens: 7 };
  mock.onMessage(/toll/, { content: answerText, usage });
  await mock.start();
  const service = await startOpenaiKeyService(firstSecret, mock.url);
  onTestFinished(async () => {
    await service.close();
    await mock.stop();
  });
  const clock = createFakeClock(Date.now());
  const running = await startControl({ clock, changes: { fetch, port: 0, startGateway } });
  const { control } = running;
  const key = { provider: 'openai', secret: firstSecret, baseUrl: service.baseUrl, verify: true };
  const { id: credentialId } = await control.perform('credential.add', key, cli);
  await control.perform('adminKey.add', { provider: 'openai', secret: openaiAdminKey }, cli);
  await control.perform('rotation.connect', { credentialId, parameters: { project: 'proj_test' } }, cli);
  const demand = { tool: 'codey', scopes: ['openai:*'], ttlSeconds: 86_400, uses: null, budgetMicroUsd: null };
  const { id } = await control.perform('request.create', { ...demand, purpose: null }, cli);
  await control.perform('request.approve', { id, approval: {} }, cli);
  const { token } = await control.perform('request.wait', { id }, cli);

  async function start(): Promise<void> {
    await control.perform('rotation.start', { credentialId }, cli);
  }

  async function reach(isWanted: (rotation: Rotation) => boolean): Promise<Rotation> {
    let reached: Rotation | undefined;
    await running.until('rotations', async () => {
      const [rotation] = await control.perform('rotation.history', { limit: 1 }, cli);
      if (rotation !== undefined && isWanted(rotation)) reached = rotation;
      else if (rotation?.resumeAt) await passTime(Date.parse(rotation.resumeAt));
      return reached !== undefined;
    });
    if (reached === undefined) throw new Error('There was no rotation.');
    return reached;
  }

  /** Every look takes up what has waited long enough. */
  async function passTime(until: number): Promise<void> {
    clock.advance(Math.max(0, until - clock.now()));
    await control.perform('rotation.pause', { credentialId, paused: false }, cli);
  }

  async function rotate(): Promise<Rotation> {
    await start();
    return reach(({ endedAt, state }) => endedAt !== null || state === 'stopped');
  }

  return { ...running, service, credentialId, token, start, reach, rotate };
}
