import type { AnswerHandler, UpstreamRequest } from './upstream-call.ts';

/** A request with its head as it will be written, and who is told of the answer. */
export interface OutgoingCall {
  readonly head: string;
  readonly request: UpstreamRequest;
  readonly handler: AnswerHandler;
}

/** Is told in the handler's place when a connection that was free is gone before a byte of the request has left. */
export interface Sender {
  onUnsent(error: Error): void;
}

/** What a connection holds while it waits for its next call: nothing of the last one, whose head had the key and whose body may be large. */
export const noRequest: UpstreamRequest = {
  ...{ method: '', path: '', headers: [], body: null, bodyLength: null },
  ...{ firstByteMs: undefined, idleMs: undefined },
};
