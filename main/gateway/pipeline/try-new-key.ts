import type { AttemptOutcome } from '../state/credential-health.ts';
import type { Canary, Upstream } from '../state/upstream.ts';
import type { UpstreamDirectory } from '../state/upstream-directory.ts';
import { abandoned } from './attempt-ended.ts';
import type { AttemptFailure, Candidate, Exchange } from './exchange.ts';

const unauthorized = 401;
const tooManyRequests = 429;

/**
 * Answers that may be of the key and may be of the call: a key that is unknown, unpaid, not allowed to do this or in another
 * account. Google answers an unknown key with 400, https://ai.google.dev/gemini-api/docs/troubleshooting
 */
const doubtful: ReadonlySet<number> = new Set([400, 402, 403, 404, tooManyRequests]);

/** Whether the same call with the present key may be answered otherwise than with this status. 0 stands for no answer. */
export function isOfTheKey(status: number): boolean {
  return status === unauthorized || doubtful.has(status);
}

/**
 * The candidate with its credential's new key, when this call is one of the share that tries it; else the candidate itself. A
 * call that could not be sent again, with nobody the wiser, tries nothing, and neither does one while the credential does badly.
 */
export function tryNewKey(
  exchange: Exchange,
  candidate: Candidate,
  { canary, upstreams }: { readonly canary: Canary; readonly upstreams: UpstreamDirectory },
): Candidate {
  const { body } = exchange;
  const { endpoint, upstream } = candidate;
  const model = candidate.model ?? exchange.look.model;
  const canBeSentAgain = body.kind !== 'stream' && endpoint.session === undefined;
  if (!canBeSentAgain || !upstreams.isSound(upstream, model) || !canary.state.begin()) {
    return candidate;
  }
  const watches = watchesOf(canary);
  exchange.backup = { ...candidate, upstream: { ...upstream, watch: watches.present } };
  return { ...candidate, upstream: { ...canary.upstream, watch: watches.fresh } };
}

/** Ends the trial of a new key; begins the attempt to go on with where that key may be why it failed, else null. */
export function takeBackup(exchange: Exchange, { status }: AttemptFailure): Candidate | null {
  const { backup } = exchange;
  exchange.backup = null;
  if (backup === null || !isOfTheKey(status)) {
    return null;
  }
  exchange.attempting = true;
  return backup;
}

/**
 * What each key's attempt says of the new one. 401 is a refusal. What is doubtful is one when the same call goes well with the
 * present key, but for a limit, which passes. The credential is told of neither.
 */
function watchesOf({ state }: Canary): Record<'fresh' | 'present', NonNullable<Upstream['watch']>> {
  let doubt: number | null = null;
  return {
    fresh(outcome) {
      state.ended();
      const status = statusOf(outcome);
      if (isAcceptance(status)) {
        state.accepted();
      }
      if (status === unauthorized) {
        state.refused(status);
      } else if (doubtful.has(status) && status !== tooManyRequests) {
        doubt = status;
      }
      return isOfTheKey(status) ? abandoned : outcome;
    },
    present(outcome) {
      if (doubt !== null && isAcceptance(statusOf(outcome))) {
        state.refused(doubt);
      }
      return outcome;
    },
  };
}

/** 0 when there was no answer. */
function statusOf(outcome: AttemptOutcome): number {
  return outcome.kind === 'answered' ? outcome.status : 0;
}

function isAcceptance(status: number): boolean {
  return status > 0 && status < 400;
}
