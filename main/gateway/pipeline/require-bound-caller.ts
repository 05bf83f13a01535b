import type { CallerVerdict } from '#shared/model/binding.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { CallerChecks } from '../state/caller-checks.ts';
import { type Exchange, present } from './exchange.ts';

const refusals: Readonly<Record<Exclude<CallerVerdict, 'allowed'>, string>> = {
  'outside-tree':
    'This token works only for the program it was given to and what that program starts, and the calling process is not among them. Ask for another with `toll token`.',
  'other-executable':
    'This token works only for one program, and the calling process runs another. Ask for another token with `toll token`.',
  'changed-executable':
    'This token works only for one program, whose file has changed since it was given. Ask for another with `toll token`.',
  unknown:
    'This token is bound to a process, and the system does not tell which process is calling. Call from this machine over 127.0.0.1, or ask for a token that is not bound.',
};

/** Refuses a caller that is not the one its token is bound to. Waits only for the first such token of a connection. */
export function requireBoundCaller(exchange: Exchange, callers: CallerChecks): Promise<void> | undefined {
  const { socket } = exchange.request;
  const { grantId } = present(exchange.grant);
  const verdict = callers.recall(socket, grantId);
  if (verdict === undefined) {
    return callers.check(socket, grantId).then(requireAllowed);
  }
  requireAllowed(verdict);
  return undefined;
}

function requireAllowed(verdict: CallerVerdict | null): void {
  if (verdict === null) {
    throw new TollkeeperError('gateway_starting', 'It was not found out in time which process is calling. Try again.');
  }
  if (verdict !== 'allowed') {
    throw new TollkeeperError('invalid_token', refusals[verdict]);
  }
}
