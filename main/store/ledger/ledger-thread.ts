import { Worker } from 'node:worker_threads';
import { fromErrorDocument, TollkeeperError } from '#shared/model/error.ts';
import type { LedgerAnswer, LedgerCallName, LedgerCalls, LedgerQuestion } from './ledger-calls.ts';

/** A running ledger thread. */
export interface LedgerThread {
  /** Rejects with the thread's error, or with `ledger_unavailable` when the thread ends before it answers. */
  call<N extends LedgerCallName>(name: N, input: LedgerCalls[N]['input']): Promise<LedgerCalls[N]['output']>;
  readonly hasEnded: boolean;
  /** Calls back once when the thread has ended for whatever reason. */
  onEnd(listener: () => void): void;
  end(): Promise<void>;
}

interface Waiting {
  readonly resolve: (output: LedgerCalls[LedgerCallName]['output']) => void;
  readonly reject: (error: TollkeeperError) => void;
}

/** Starts a thread from the worker's bundle. */
export function startLedgerThread(bundle: URL): LedgerThread {
  const worker = new Worker(bundle, { name: 'ledger' });
  const waiting = new Map<number, Waiting>();
  const listeners: (() => void)[] = [];
  let nextId = 1;
  let ended = false;
  let cause: unknown;

  worker.on('error', (error) => {
    cause = error;
  });
  worker.on('exit', () => {
    ended = true;
    for (const { reject } of waiting.values()) reject(gone());
    waiting.clear();
    for (const listener of listeners) listener();
  });
  worker.on('message', (answer: LedgerAnswer) => {
    const question = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) question?.reject(fromErrorDocument(answer.error));
    else question?.resolve(answer.output);
  });

  function gone(): TollkeeperError {
    return new TollkeeperError(
      'ledger_unavailable',
      'The ledger\u2019s thread ended. It is started again; nothing was lost.',
      { cause },
    );
  }

  return {
    call: <N extends LedgerCallName>(name: N, input: LedgerCalls[N]['input']) =>
      new Promise<LedgerCalls[N]['output']>((resolve, reject) => {
        if (ended) {
          reject(gone());
          return;
        }
        const question: LedgerQuestion<N> = { id: nextId, name, input };
        nextId += 1;
        waiting.set(question.id, { resolve: resolve as Waiting['resolve'], reject });
        worker.postMessage(question);
      }),
    get hasEnded() {
      return ended;
    },
    onEnd: (listener) => listeners.push(listener),
    async end() {
      await worker.terminate();
    },
  };
}
