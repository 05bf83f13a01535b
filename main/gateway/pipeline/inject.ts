import { TollkeeperError } from '#shared/model/error.ts';
import { queryWithoutCredentials } from '../http/request-target.ts';
import { type Candidate, type Exchange, type Outgoing, present, type RequestBody, type Stage } from './exchange.ts';

/**
 * Stage: what goes upstream. The caller's credentials, cookies and connection headers are already left out; the
 * provider's key goes in. The host is the credential's own, whatever the caller sent. `Accept-Encoding: identity` keeps the
 * answer readable for the meter without touching a byte of it.
 */
export function createInject(): Stage {
  return (exchange) => {
    const upstream = present(exchange.upstream);
    const target = present(exchange.target);
    const candidate = present(exchange.candidate);
    if (candidate.passage === 'translated') {
      exchange.outgoing = translated(candidate);
      return undefined;
    }
    const headers = callerHeaders(exchange);
    for (const [name, value] of Object.entries(upstream.provider.requiredHeaders)) {
      if (!hasHeader(headers, name)) {
        headers.push(name, value);
      }
    }
    headers.push('accept-encoding', 'identity', ...upstream.keyHeader);
    exchange.outgoing = {
      path: upstream.pathPrefix + candidate.path + queryWithoutCredentials(target.query, present(exchange.token)),
      headers,
      body: candidate.passage === 'renamed' ? renamed(exchange, present(candidate.model)) : exchange.body,
    };
    return undefined;
  };
}

/** The frame of a call that is written anew: no header of the caller's means anything to another protocol. */
function translated({ upstream, path }: Candidate): Outgoing {
  const required = Object.entries(upstream.provider.requiredHeaders).flat();
  return {
    path: upstream.pathPrefix + path,
    headers: [...required, 'accept-encoding', 'identity', ...upstream.keyHeader],
    body: { kind: 'none' },
  };
}

/** The caller's body with the upstream's own name of the model in place of the caller's; every other byte as it was. */
function renamed({ body, facts }: Exchange, model: string): RequestBody {
  const at = facts().modelAt;
  if (body.kind !== 'whole' || at === null) {
    throw new TollkeeperError('internal', 'A body whose model is to be renamed must have been read.');
  }
  const name = JSON.stringify(model).slice(1, -1);
  return {
    kind: 'whole',
    bytes: Buffer.concat([body.bytes.subarray(0, at[0]), Buffer.from(name), body.bytes.subarray(at[1])]),
  };
}

/** The headers that may pass; one that holds the caller's token under another name may not. */
function callerHeaders(exchange: Exchange): string[] {
  const { passable } = present(exchange.headers);
  const token = present(exchange.token);
  const headers: string[] = [];
  for (let index = 0; index + 1 < passable.length; index += 2) {
    const value = passable[index + 1] ?? '';
    if (value.length < token.length || !value.includes(token)) {
      headers.push(passable[index] ?? '', value);
    }
  }
  return headers;
}

function hasHeader(headers: readonly string[], name: string): boolean {
  return headers.some((text, index) => index % 2 === 0 && text.toLowerCase() === name);
}
