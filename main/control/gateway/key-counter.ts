import type { ControlMessage } from '#shared/contract/port.ts';

/** Longest wait for the gateway's answer, in milliseconds. */
const answerWithinMs = 3_000;

/** Asks the gateway what holds a key. */
export interface KeyCounter {
  /** Calls in flight that hold this version of a key; 0 while no gateway runs, null when it does not answer in three seconds. */
  count(credentialId: string, version: number): Promise<number | null>;
  /** The gateway has answered. */
  answered(questionId: number, calls: number): void;
  /** The gateway is gone, and all its calls with it. */
  gatewayLost(): void;
}

/** What a counter is made from. */
export interface KeyCounterOptions {
  readonly isRunning: () => boolean;
  readonly ask: (question: Extract<ControlMessage, { type: 'count-key' }>) => void;
}

/** Makes one. */
export function createKeyCounter({ isRunning, ask }: KeyCounterOptions): KeyCounter {
  const waiting = new Map<number, (calls: number | null) => void>();
  let lastQuestion = 0;
  return {
    async count(credentialId, version) {
      if (!isRunning()) return 0;
      lastQuestion += 1;
      const questionId = lastQuestion;
      return new Promise((resolve) => {
        const settle = (calls: number | null): void => {
          clearTimeout(deadline);
          waiting.delete(questionId);
          resolve(calls);
        };
        const deadline = setTimeout(() => settle(null), answerWithinMs);
        deadline.unref();
        waiting.set(questionId, settle);
        ask({ type: 'count-key', questionId, credentialId, version });
      });
    },
    answered: (questionId, calls) => waiting.get(questionId)?.(calls),
    gatewayLost() {
      for (const settle of [...waiting.values()]) settle(0);
    },
  };
}
