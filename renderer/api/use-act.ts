import { useMutation } from '@tanstack/react-query';
import type { IpcOperation } from '#shared/contract/ipc.ts';
import type { OperationInput, OperationOutput } from '#shared/contract/operations.ts';
import type { TollkeeperError } from '#shared/model/error.ts';
import { call } from './client.ts';
import { toTollkeeperError } from './query-client.ts';
import type { ReadOperation } from './read-topics.ts';

/** An operation that changes something, or one asked for by hand such as verifying a key. */
export type ActOperation = Exclude<IpcOperation, ReadOperation> | 'audit.verify' | 'doctor.run';

/** An act and how its last call went. */
export interface Act<N extends ActOperation> {
  /** Resolves with the answer, or with undefined when it failed; never rejects. */
  run(input: OperationInput<N>): Promise<OperationOutput<N> | undefined>;
  readonly isRunning: boolean;
  readonly error: TollkeeperError | null;
  readonly result: OperationOutput<N> | undefined;
  reset(): void;
}

/** An act for buttons. A failure is told in a notification unless the caller `showsErrors` itself. */
export function useAct<N extends ActOperation>(name: N, options: { readonly showsErrors?: boolean } = {}): Act<N> {
  const mutation = useMutation<OperationOutput<N>, Error, OperationInput<N>>({
    mutationFn: (input) => call(name, input),
    meta: { showsErrors: options.showsErrors ?? false },
  });
  return {
    run: (input) =>
      mutation.mutateAsync(input).then(
        (value): OperationOutput<N> | undefined => value,
        () => undefined,
      ),
    isRunning: mutation.isPending,
    error: mutation.error === null ? null : toTollkeeperError(mutation.error),
    result: mutation.data,
    reset: mutation.reset,
  };
}
