import type { ChangeTopic } from '#shared/contract/status.ts';

/** Changes of one moment are told together, this many milliseconds after the first. */
const coalesceMs = 50;

/** Tells views what to ask for again. */
export interface ChangeFeed {
  changed(...topics: readonly ChangeTopic[]): void;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (topics: readonly ChangeTopic[]) => void): () => void;
  close(): void;
}

/** Makes a feed without listeners. */
export function createChangeFeed(): ChangeFeed {
  const listeners = new Set<(topics: readonly ChangeTopic[]) => void>();
  const waiting = new Set<ChangeTopic>();
  let timer: NodeJS.Timeout | null = null;

  function tell(): void {
    timer = null;
    const topics = [...waiting];
    waiting.clear();
    for (const listener of [...listeners]) listener(topics);
  }

  return {
    changed(...topics) {
      for (const topic of topics) waiting.add(topic);
      timer ??= setTimeout(tell, coalesceMs).unref();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      listeners.clear();
    },
  };
}
