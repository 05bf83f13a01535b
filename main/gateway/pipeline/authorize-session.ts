import { TollkeeperError } from '#shared/model/error.ts';
import { queryParts } from '../http/request-target.ts';
import { type Exchange, present } from './exchange.ts';
import { requireScope } from './require-scope.ts';

/** Where the address of a live session names its model; Azure's names a deployment. */
const modelParameters: ReadonlySet<string> = new Set(['model', 'deployment']);

/**
 * Does a scope cover this live session? A model in the address is decided on here. One that comes with a message is decided on
 * when it comes; until then it is enough that some model is allowed.
 */
export function authorizeSession(exchange: Exchange): void {
  const { upstream, endpoint } = present(exchange.candidate);
  const { capability } = endpoint;
  const needsModel = present(exchange.grant).scopes.needsModel(upstream.id, capability);
  if (endpoint.model !== 'query') {
    if (!needsModel) {
      requireScope(exchange, { provider: upstream.id, capability, model: null });
    }
    return;
  }
  const model = modelInQuery(present(exchange.target).query);
  requireScope(exchange, { provider: upstream.id, capability, model });
  exchange.candidates = exchange.candidates.map((candidate) => ({ ...candidate, model }));
  exchange.takeUp(present(exchange.candidates[0]));
}

/** The one model that the query names; null when it names none, and `invalid_request` when two readers could find different ones. */
function modelInQuery(query: string): string | null {
  const named = queryParts(query).filter(({ name }) => modelParameters.has(name.toLowerCase()));
  const [only, second] = named;
  if (only === undefined) {
    return null;
  }
  const value = decoded(only.text.slice(only.text.indexOf('=') + 1));
  if (second !== undefined || !modelParameters.has(only.name) || !only.text.includes('=') || value === null) {
    throw new TollkeeperError('invalid_request', 'The address must name the model once.');
  }
  return value;
}

function decoded(text: string): string | null {
  try {
    const value = decodeURIComponent(text.replaceAll('+', ' '));
    return /^[!-~]{1,200}$/.test(value) ? value : null;
  } catch {
    return null;
  }
}
