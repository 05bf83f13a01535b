import type { AccessRequest, InboxReason } from '#shared/model/access.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { isUnattended } from '#shared/policy/judge-background.ts';
import type { Ask } from './access-case.ts';

/** So many requests of one channel, and of one tool, are put before a person at once; the next ones wait in the inbox. */
const atPrompt = { ofChannel: 10, ofTool: 3 } as const;
/** So many of one channel fit into the inbox; the next ones are refused, those of the other channels are not. */
const mostInInbox = 40;

/**
 * Says where a request waits: null for the prompt, else why it is the inbox. Throws `rate_limited` when more wait there than
 * anybody would read.
 */
export function placeFor(ask: Ask, waiting: readonly AccessRequest[], isRenamed: boolean): InboxReason | null {
  const sameChannel = waiting.filter(({ channel }) => channel === ask.channel);
  const prompted = sameChannel.filter(({ inbox }) => inbox === null);
  const reason = isRenamed ? 'renamed' : reasonFor(ask, prompted);
  const inInbox = sameChannel.filter(({ inbox }) => inbox !== null).length;
  if (reason !== null && inInbox >= mostInInbox) {
    throw new TollkeeperError('rate_limited', `${mostInInbox} requests wait in the inbox already. Answer them first.`);
  }
  return reason;
}

function reasonFor({ demand, process }: Ask, prompted: readonly AccessRequest[]): InboxReason | null {
  if (isUnattended(demand, process)) return 'background';
  const ofTool = prompted.filter(({ tool }) => tool === demand.tool).length;
  return prompted.length >= atPrompt.ofChannel || ofTool >= atPrompt.ofTool ? 'crowded' : null;
}
