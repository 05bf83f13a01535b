import { type IpcMainInvokeEvent, ipcMain, type WebContents } from 'electron';
import { type IpcAnswer, type IpcEvent, ipcChannels, type ShellAct, shellActs } from '#shared/contract/ipc.ts';
import {
  type OperationArguments,
  type OperationName,
  type OperationOutput,
  operations,
} from '#shared/contract/operations.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type { ShellHandlers } from './shell-handlers.ts';
import type { WindowRole } from './window-role.ts';

/** Operations the prompt window may call; the dashboard may call every one behind the `ipc` door. */
const promptOperations: ReadonlySet<OperationName> = new Set<OperationName>([
  'status.read',
  'provider.list',
  'settings.read',
  'request.list',
  'request.approve',
  'request.deny',
]);

/** What the IPC bridge needs from the app. */
export interface IpcDependencies {
  /** Runs a decoded operation for a window. Rejects with a TollkeeperError. */
  perform<N extends OperationName>(
    name: N,
    input: OperationArguments<N>,
    role: WindowRole,
  ): Promise<OperationOutput<N>>;
  /** Which of our windows these contents belong to; null for any other. */
  roleOf(contents: WebContents): WindowRole | null;
  /** True for addresses our renderer is served from. */
  isOurAddress(url: string): boolean;
  readonly shell: ShellHandlers;
  /** Is told about failures nobody else sees. */
  log(event: string, facts: Readonly<Record<string, unknown>>): void;
}

function senderRole(event: IpcMainInvokeEvent, dependencies: IpcDependencies): WindowRole {
  const frame = event.senderFrame;
  const role = dependencies.roleOf(event.sender);
  if (!role || !frame || frame.parent !== null || !dependencies.isOurAddress(frame.url)) {
    throw new TollkeeperError('access_denied', 'This caller may not use Tollkeeper.');
  }
  return role;
}

function operationName(name: unknown, role: WindowRole): OperationName {
  if (typeof name !== 'string' || !Object.hasOwn(operations, name))
    throw new TollkeeperError('not_found', 'There is no such operation.');
  const known = name as OperationName;
  const doors: readonly string[] = operations[known].doors;
  if (!doors.includes('ipc') || (role === 'prompt' && !promptOperations.has(known))) {
    throw new TollkeeperError('access_denied', 'This window may not do that.');
  }
  return known;
}

async function answer<T>(act: () => Promise<T>, report: (error: unknown) => void): Promise<IpcAnswer<T>> {
  try {
    return { ok: true, value: await act() };
  } catch (error) {
    if (!(error instanceof TollkeeperError)) report(error);
    return { ok: false, error: toErrorDocument(error) };
  }
}

function decode<T>(
  schema: {
    safeParse(
      value: unknown,
    ): { success: true; data: T } | { success: false; error: { issues: readonly { message: string }[] } };
  },
  value: unknown,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TollkeeperError('invalid_request', parsed.error.issues[0]?.message ?? 'The input is malformed.');
}

/**
 * Connects the renderer's two request channels: checks who calls, decodes what comes in and encodes what goes out, so that
 * nothing outside the contract crosses. The only caller of `ipcMain`.
 */
export function registerIpc(dependencies: IpcDependencies): void {
  const report = (channel: string) => (error: unknown) =>
    dependencies.log('ipc-failed', { channel, error: error instanceof Error ? error.message : 'unknown' });

  ipcMain.handle(ipcChannels.operation, (event, name: unknown, input: unknown) =>
    answer(
      async () => {
        const role = senderRole(event, dependencies);
        const known = operationName(name, role);
        const operation = operations[known];
        const output = await dependencies.perform(
          known,
          decode<unknown>(operation.input, input) as OperationArguments<typeof known>,
          role,
        );
        return operation.output.parse(output);
      },
      report(String(name)),
    ),
  );

  ipcMain.handle(ipcChannels.shell, (event, name: unknown, input: unknown) =>
    answer(
      async () => {
        const role = senderRole(event, dependencies);
        if (typeof name !== 'string' || !Object.hasOwn(shellActs, name))
          throw new TollkeeperError('not_found', 'There is no such act.');
        const act = name as ShellAct;
        const handler = dependencies.shell[act] as (
          input: unknown,
          caller: { role: WindowRole; contents: WebContents },
        ) => Promise<unknown>;
        return shellActs[act].output.parse(
          await handler(decode<unknown>(shellActs[act].input, input), { role, contents: event.sender }),
        );
      },
      report(String(name)),
    ),
  );
}

/** Tells a window that something happened; does nothing when it is gone. */
export function sendEvent(contents: WebContents, event: IpcEvent): void {
  if (!contents.isDestroyed()) contents.send(ipcChannels.event, event);
}
