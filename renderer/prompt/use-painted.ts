import { type RefObject, useEffect } from 'react';
import { shell } from '#renderer/api/client.ts';

const borderPixels = 2;

/**
 * Tells the main process, each time the content's size or the request changes, how tall the content is and which request has been
 * painted. A hidden window gets no animation frames, so a timer stands in for them.
 */
export function usePainted(content: RefObject<HTMLElement | null>, requestId: string | null): void {
  useEffect(() => {
    const element = content.current;
    if (element === null) return;
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = (): void => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      const height = Math.ceil(element.getBoundingClientRect().height) + borderPixels;
      shell('prompt.painted', { height, requestId }).catch(() => undefined);
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
}
