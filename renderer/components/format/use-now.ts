import { useCallback, useSyncExternalStore } from 'react';

interface Ticker {
  now: number;
  readonly listeners: Set<() => void>;
  timer: ReturnType<typeof setInterval> | undefined;
}

const tickers = new Map<number, Ticker>();

function tickerOf(everyMs: number): Ticker {
  const known = tickers.get(everyMs);
  if (known !== undefined) return known;
  const ticker: Ticker = { now: Date.now(), listeners: new Set(), timer: undefined };
  tickers.set(everyMs, ticker);
  return ticker;
}

function listen(everyMs: number, listener: () => void): () => void {
  const ticker = tickerOf(everyMs);
  ticker.listeners.add(listener);
  if (ticker.timer === undefined) {
    ticker.now = Date.now();
    ticker.timer = setInterval(() => {
      ticker.now = Date.now();
      for (const each of ticker.listeners) each();
    }, everyMs);
  }
  return () => {
    ticker.listeners.delete(listener);
    if (ticker.listeners.size > 0) return;
    clearInterval(ticker.timer);
    ticker.timer = undefined;
  };
}

function read(everyMs: number): number {
  const ticker = tickerOf(everyMs);
  if (ticker.timer === undefined && Date.now() - ticker.now >= everyMs) ticker.now = Date.now();
  return ticker.now;
}

/** Wall-clock milliseconds that move on every `everyMs`; all users of one interval share one timer. */
export function useNow(everyMs: number): number {
  const subscribe = useCallback((listener: () => void) => listen(everyMs, listener), [everyMs]);
  const snapshot = useCallback(() => read(everyMs), [everyMs]);
  return useSyncExternalStore(subscribe, snapshot);
}
