import { attemptsHeader, droppedHeader, upstreamHeader } from '#shared/contract/http.ts';
import type { Exchange } from './exchange.ts';

/**
 * Says who served the call, where the caller could not know: `provider/model;credential=ID`; and, when others were tried first,
 * each of them with its status (0 for none) and whether it may have been paid for all the same.
 */
export function addRouteHeaders(headers: string[], exchange: Exchange): void {
  const { unified, candidates, upstream, pastAttempts, dropped } = exchange;
  if (upstream === null || (unified === null && candidates.length < 2)) {
    return;
  }
  headers.push(upstreamHeader, `${nameOf(upstream.id, exchange.model)};credential=${upstream.credentialId}`);
  if (dropped.length > 0) {
    headers.push(droppedHeader, droppedText(dropped));
  }
  const told = pastAttempts.filter(({ isCanary }) => !isCanary);
  if (told.length > 0) {
    const tried = told.map(
      ({ provider, model: tried, status, costMicroUsd }) =>
        `${nameOf(provider, tried)};status=${status}${costMicroUsd === 0 ? '' : ';paid=maybe'}`,
    );
    headers.push(attemptsHeader, tried.join(', '));
  }
}

/** Most names told in full; the last then says how many more there were. */
const mostDropped = 40;

function droppedText(dropped: readonly string[]): string {
  const shown = dropped.slice(0, mostDropped).map((name) => name.replace(/[^!-+\--:<-~]/g, '_').slice(0, 200));
  return dropped.length > mostDropped ? `${shown.join(',')},+${dropped.length - mostDropped}` : shown.join(',');
}

/** Only what a header may hold: a caller chooses the model's name. RFC 9110 section 5.5. */
function nameOf(provider: string, model: string | null): string {
  return model === null ? provider : `${provider}/${model.replace(/[^!-+\--:<-~]/g, '_')}`;
}
