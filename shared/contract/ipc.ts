import { z } from 'zod';
import type { ErrorDocument } from '../model/error.ts';
import { lazily } from '../model/lazily.ts';
import type { NamesBehind, OperationInput, OperationOutput } from './operations.ts';
import { type ChangeTopic, changeTopics } from './status.ts';

/** The renderer–main boundary: one channel for operations, one for shell acts, one for events. */
export const ipcChannels = {
  operation: 'tollkeeper:operation',
  shell: 'tollkeeper:shell',
  event: 'tollkeeper:event',
} as const;

/** Operations a window may call. */
export type IpcOperation = NamesBehind<'ipc'>;

/** Acts of the desktop shell, which the CLI does not have. */
export const shellActs = lazily(
  () =>
    ({
      'clipboard.copy': { input: z.object({ text: z.string().max(10_000) }), output: z.object({}) },
      /** Only hosts of the provider table and the documentation are opened. */
      'external.open': { input: z.object({ url: z.string().max(500) }), output: z.object({}) },
      /** Asks for a file name, then writes all matching records. Null when the person cancelled. */
      'usage.export': {
        input: z.object({ format: z.enum(['csv', 'json']), filter: z.record(z.string(), z.unknown()) }),
        output: z.object({ path: z.string().nullable(), rows: z.number().int() }),
      },
      /** The prompt window says how tall its content is, in CSS pixels, and that it has painted request `id`. */
      'prompt.painted': {
        input: z.object({ height: z.number().int().min(0).max(2_000), requestId: z.string().nullable() }),
        output: z.object({}),
      },
      'prompt.hide': { input: z.object({}), output: z.object({}) },
      'dashboard.open': { input: z.object({ route: z.string().max(300).optional() }), output: z.object({}) },
      'app.platform': {
        input: z.object({}),
        output: z.object({
          platform: z.string(),
          canStartAtLogin: z.boolean(),
          canLockDetect: z.boolean(),
          /** How the system can be asked for the owner; null where it can't. */
          presence: z.enum(['touch-id', 'polkit']).nullable(),
        }),
      },
    }) as const,
);

/** Name of a shell act. */
export type ShellAct = keyof typeof shellActs;
/** What a caller passes. */
export type ShellInput<N extends ShellAct> = z.input<(typeof shellActs)[N]['input']>;
/** What it answers. */
export type ShellOutput<N extends ShellAct> = z.output<(typeof shellActs)[N]['output']>;

/** Events from main to the windows. */
export type IpcEvent =
  | { readonly type: 'changed'; readonly topics: readonly ChangeTopic[] }
  | { readonly type: 'navigate'; readonly route: string };

/** Topics a window can be told about. */
export { changeTopics };

/** Every answer over IPC: a value or an error document; nothing is thrown across. */
export type IpcAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ErrorDocument };

/** What the preload puts on `window.api`. */
export interface WindowApi {
  call<N extends IpcOperation>(name: N, input: OperationInput<N>): Promise<IpcAnswer<OperationOutput<N>>>;
  shell<N extends ShellAct>(name: N, input: ShellInput<N>): Promise<IpcAnswer<ShellOutput<N>>>;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: IpcEvent) => void): () => void;
}
