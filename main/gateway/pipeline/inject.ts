import { TollkeeperError } from '#shared/model/error.ts';
import { queryWithoutCredentials } from '../http/request-target.ts';
import type { HeadShape } from '../http/server/head-shape.ts';
import type { Upstream } from '../state/upstream.ts';
import { type Candidate, type Exchange, type Outgoing, present, type RequestBody, type Stage } from './exchange.ts';

/**
 * Stage: what goes upstream. The caller's credentials, cookies and connection headers are already left out; the
 * provider's key goes in. The host is the credential's own, whatever the caller sent. `Accept-Encoding: identity` keeps the
 * answer readable for the meter without touching a byte of it.
 */
export function createInject(): Stage {
  const kept = new KeptFrames();
  return (exchange) => {
    const candidate = present(exchange.candidate);
    if (candidate.passage === 'translated') {
      exchange.outgoing = translated(candidate);
      return undefined;
    }
    const { path, headers, isRepeated } = kept.get(exchange, candidate) ?? kept.add(exchange, candidate);
    const body = candidate.passage === 'renamed' ? renamed(exchange, present(candidate.model)) : exchange.body;
    exchange.outgoing = { path, headers, isRepeated, body };
    return undefined;
  };
}

/** What of a request is the same for every one of its shape that goes to the same place. */
interface Frame extends Pick<Outgoing, 'path' | 'headers' | 'isRepeated'> {
  readonly candidatePath: string;
}

/** Frames of requests that come again, as long as the credential that they hold is in use. */
class KeptFrames {
  readonly #byUpstream = new WeakMap<Upstream, WeakMap<HeadShape, Frame>>();

  get({ request }: Exchange, { upstream, path }: Candidate): Frame | null {
    const { shape } = request.head;
    const frame = shape.isRepeated ? this.#byUpstream.get(upstream)?.get(shape) : undefined;
    return frame?.candidatePath === path ? frame : null;
  }

  /** Makes it, and keeps it where the same may come again. */
  add(exchange: Exchange, { upstream, path }: Candidate): Frame {
    const { shape } = exchange.request.head;
    const { query } = present(exchange.target);
    const frame: Frame = {
      candidatePath: path,
      path: upstream.pathPrefix + path + queryWithoutCredentials(query, present(exchange.token)),
      headers: headersFor(exchange, upstream),
      isRepeated: shape.isRepeated,
    };
    if (shape.isRepeated) {
      const frames = this.#byUpstream.get(upstream) ?? new WeakMap<HeadShape, Frame>();
      this.#byUpstream.set(upstream, frames.set(shape, frame));
    }
    return frame;
  }
}

function headersFor(exchange: Exchange, { provider, keyHeader }: Upstream): string[] {
  const headers = callerHeaders(exchange);
  for (const [name, value] of Object.entries(provider.requiredHeaders)) {
    if (!hasHeader(headers, name)) {
      headers.push(name, value);
    }
  }
  headers.push('accept-encoding', 'identity', ...keyHeader);
  return headers;
}

/** The frame of a call that is written anew: no header of the caller's means anything to another protocol. */
function translated({ upstream, path }: Candidate): Outgoing {
  const required = Object.entries(upstream.provider.requiredHeaders).flat();
  return {
    path: upstream.pathPrefix + path,
    headers: [...required, 'accept-encoding', 'identity', ...upstream.keyHeader],
    isRepeated: false,
    body: { kind: 'none' },
  };
}

/** The caller's body with the upstream's own name of the model in place of the caller's; every other byte as it was. */
function renamed({ body, look }: Exchange, model: string): RequestBody {
  const at = look.facts().modelAt;
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
