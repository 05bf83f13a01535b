import type { Upstream } from '../state/upstream.ts';
import type { Candidate, Exchange } from './exchange.ts';

/** One version of a credential's key. */
export type KeyVersion = Pick<Upstream, 'credentialId' | 'version'>;

/** True when the exchange's call holds this key, or may take it up yet: before its answer has begun, with any of its candidates. */
export function holdsKey({ upstream, answer, candidates, backup }: Exchange, key: KeyVersion): boolean {
  if (upstream !== null && isKey(upstream, key)) {
    return true;
  }
  const uses = (candidate: Candidate): boolean => isKey(candidate.upstream, key);
  return !answer.started && (candidates.some(uses) || (backup !== null && uses(backup)));
}

function isKey(upstream: KeyVersion, { credentialId, version }: KeyVersion): boolean {
  return upstream.version === version && upstream.credentialId === credentialId;
}
