import type { StepContext, StepResult } from './step.ts';

/** How often calls in flight are counted, in milliseconds. */
const countEveryMs = 1_000;

/**
 * Null once no call in flight holds this key. A call may last for hours, and none is cut without being asked: after as long as the
 * person set, it is for them to say how to go on.
 */
export async function awaitCalls(context: StepContext, which: 'old' | 'new'): Promise<StepResult | null> {
  const { rotation, traffic, registry, clock, drainMs } = context;
  const { version } = which === 'old' ? rotation.oldKey : rotation.newKey;
  const calls = await traffic.inFlight(rotation.credentialId, version);
  if (calls === 0) return null;
  const words = `${calls} running ${calls === 1 ? 'call' : 'calls'} with the ${which} key`;
  const since = registry.rotations.steps(rotation.id).at(-1)?.begunAt ?? rotation.stepSince;
  if (clock.now() - Date.parse(since) < drainMs) return { kind: 'again', afterMs: countEveryMs, waitingFor: words };
  const message = `After ${Math.round(drainMs / 60_000)} minutes there ${calls === 1 ? 'is' : 'are'} still ${words}.`;
  return { kind: 'stop', problem: { code: 'calls_still_running', message } };
}
