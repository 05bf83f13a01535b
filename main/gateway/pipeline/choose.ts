import { TollkeeperError } from '#shared/model/error.ts';
import { affinityOf } from '../state/affinity.ts';
import type { UpstreamDirectory } from '../state/upstream-directory.ts';
import { beginNext } from './begin-next.ts';
import { type Candidate, type Exchange, present, type Stage } from './exchange.ts';
import { tryNewKey } from './try-new-key.ts';

/**
 * Stage: which of the candidates comes first? Where a provider has several credentials, its pool says in which order; one that
 * cools down or whose circuit is open is passed over. When none is left, `upstream_cooling_down` or `circuit_open` tells when
 * the soonest comes back. A share of a credential's calls tries its new key, where there is one.
 */
export function createChoose(upstreams: UpstreamDirectory): Stage {
  return (exchange) => {
    if (exchange.candidates.length > 1) {
      exchange.candidates = inOrder(exchange, upstreams);
    }
    const chosen = beginNext(exchange, upstreams, null);
    if (chosen === null || chosen instanceof TollkeeperError) {
      throw chosen ?? new TollkeeperError('no_credential');
    }
    const { canary } = chosen.upstream;
    const candidate = canary === null ? chosen : tryNewKey(exchange, chosen, { canary, upstreams });
    if (candidate !== exchange.candidate) {
      exchange.takeUp(candidate);
    }
    return undefined;
  };
}

function inOrder(exchange: Exchange, upstreams: UpstreamDirectory): readonly Candidate[] {
  const { candidates } = exchange;
  return candidates.flatMap((candidate, index) => {
    const isFirstOfPool = !isSameTarget(candidates[index - 1], candidate);
    return isFirstOfPool ? poolInOrder(exchange, upstreams, candidates.slice(index)) : [];
  });
}

function isSameTarget(one: Candidate | undefined, other: Candidate): boolean {
  return one !== undefined && one.upstream.id === other.upstream.id && one.model === other.model;
}

function poolInOrder(
  exchange: Exchange,
  upstreams: UpstreamDirectory,
  rest: readonly Candidate[],
): readonly Candidate[] {
  const [first, ...others] = rest;
  const candidate = present(first);
  const length = others.findIndex((other) => !isSameTarget(candidate, other));
  const pool = length === -1 ? rest : rest.slice(0, length + 1);
  if (pool.length === 1) {
    return pool;
  }
  const facts = exchange.facts();
  const { endpoint, model, upstream } = candidate;
  const bodyBytes = Math.max(exchange.bodyBytes, exchange.contentLength ?? 0);
  const order = upstreams.order(upstream.id, {
    affinity: affinityOf({ endpoint, bodyBytes, storedInput: facts.storedInput }),
    model: model ?? (endpoint.model === 'body' ? facts.model : null),
    grant: present(exchange.grant),
  });
  const ordered = order.flatMap(({ credentialId }) =>
    pool.filter((member) => member.upstream.credentialId === credentialId),
  );
  return ordered.length === 0 ? pool : ordered;
}
