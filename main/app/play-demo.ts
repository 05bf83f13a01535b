import type { Control } from '#main/control/control.ts';
import { startDemo } from './demo/demo.ts';

/** Milliseconds between two words of the pretend answer. */
const wordDelayMs = 60;

/** Plays the demonstration; its pretend provider lives as long as this process. */
export function playDemo(control: Control, gatewayUrl: string): void {
  startDemo({
    control,
    gatewayUrl,
    print: (text) => void process.stdout.write(text),
    howToAnswer: () => 'Answer the prompt by the tray.',
    fetch: globalThis.fetch,
    wordDelayMs,
  }).catch((error: unknown) => {
    process.stdout.write(`The demo could not start: ${error instanceof Error ? error.message : 'unknown reason'}\n`);
  });
}
