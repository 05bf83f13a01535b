import { type RefObject, useEffect, useState } from 'react';
import { shell } from '#renderer/api/client.ts';

const borderPixels = 2;

/**
 * Tells the main process, each time the content's size or the request changes, how tall the content is and which request has been
 * painted. A hidden window gets no animation frames, so a timer stands in for them.

 * Answers with the request that the main process has put on screen, or null.
 */
export function useShownRequest(content: RefObject<HTMLElement | null>, requestId: string | null): string | null {
  const [shownId, setShownId] = useState<string | null>(null);
  useEffect(() => {
    const element = content.current;
    if (element === null) return;
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = (): void => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      const height = Math.ceil(element.getBoundingClientRect().height) + borderPixels;
      shell('prompt.painted', { height, requestId }).then(
        () => setShownId(requestId),
        () => undefined,
      );
    };
    const soon = (): void => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      frame = requestAnimationFrame(tell);
      timer = setTimeout(tell, 30);
    };
    const observer = new ResizeObserver(soon);
    observer.observe(element);
    soon();
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [content, requestId]);
  return shownId;
}
