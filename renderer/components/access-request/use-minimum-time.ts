import { useEffect, useState } from 'react';

/** How long a request must have been on screen before it can be answered, in milliseconds. */
export const minimumTimeMs = 700;

/** True once `subject` has been on screen for the minimum time; starts again when it changes or the window comes back. Null is not on screen. */
export function useMinimumTime(subject: string | null): boolean {
  const [ready, setReady] = useState<string | null>(null);
  useEffect(() => {
    if (subject === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const start = (): void => {
      clearTimeout(timer);
      setReady(null);
      if (document.visibilityState === 'visible') timer = setTimeout(() => setReady(subject), minimumTimeMs);
    };
    start();
    document.addEventListener('visibilitychange', start);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', start);
    };
  }, [subject]);
  return subject !== null && ready === subject;
}
