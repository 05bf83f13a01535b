import type { IpcEvent, IpcOperation, ShellAct, ShellInput, ShellOutput, WindowApi } from '#shared/contract/ipc.ts';
import type { OperationInput, OperationOutput } from '#shared/contract/operations.ts';
import { fromErrorDocument } from '#shared/model/error.ts';

declare global {
  interface Window {
    /** Put there by the preload script; used in this folder alone. */
    readonly api: WindowApi;
  }
}

/** Runs an operation of the control plane; rejects with a TollkeeperError. */
export async function call<N extends IpcOperation>(name: N, input: OperationInput<N>): Promise<OperationOutput<N>> {
  const answer = await window.api.call(name, input);
  if (!answer.ok) throw fromErrorDocument(answer.error);
  return answer.value;
}

/** Asks the desktop shell for something; rejects with a TollkeeperError. */
export async function shell<N extends ShellAct>(name: N, input: ShellInput<N>): Promise<ShellOutput<N>> {
  const answer = await window.api.shell(name, input);
  if (!answer.ok) throw fromErrorDocument(answer.error);
  return answer.value;
}

/** Listens to events from the main process until the returned function is called. */
export function subscribe(listener: (event: IpcEvent) => void): () => void {
  return window.api.subscribe(listener);
}
