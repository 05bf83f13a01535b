import { authorizationServerPaths, healthPath, requestIdHeader } from '#shared/contract/http.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { AuthorizationServerProxy } from '../authorization-server-proxy.ts';
import { type Exchange, present, type Stage } from './exchange.ts';

const authorizationPaths: ReadonlySet<string> = new Set(Object.values(authorizationServerPaths));
const authorizationPrefixes = ['/oauth/', '/.well-known/'];
const providerPattern = /^[a-z][a-z0-9-]{0,31}$/;
const healthBody = '{"status":"ok"}';

/** Stage: what needs no token. Liveness is answered here, the authorization server's paths go to it, unknown ones nowhere. */
export function createServeOwnPaths(proxy: AuthorizationServerProxy): Stage {
  return (exchange) => {
    const { path, head } = present(exchange.target);
    if (path === healthPath) {
      answerHealth(exchange);
      return undefined;
    }
    if (authorizationPrefixes.some((prefix) => path.startsWith(prefix))) {
      if (!isAuthorizationPath(path)) {
        throw new TollkeeperError('unknown_endpoint', 'There is nothing at this path.');
      }
      exchange.handled = true;
      proxy.pass(exchange);
      return undefined;
    }
    if (!providerPattern.test(head)) {
      throw new TollkeeperError('unknown_endpoint', 'There is nothing at this path. Calls go to /{provider}/…');
    }
    return undefined;
  };
}

/** RFC 8414 section 3.1 and RFC 9728 section 3.1 let a client append the resource's path to the metadata's. */
function isAuthorizationPath(path: string): boolean {
  const { metadata, protectedResource, device } = authorizationServerPaths;
  return (
    authorizationPaths.has(path) || [metadata, protectedResource, device].some((known) => path.startsWith(`${known}/`))
  );
}

function answerHealth(exchange: Exchange): void {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') {
    throw new TollkeeperError('method_not_allowed', undefined, { details: { allow: 'GET, HEAD' } });
  }
  exchange.handled = true;
  exchange.response.writeHead(200, [
    ...['content-type', 'application/json; charset=utf-8', 'content-length', String(healthBody.length)],
    ...['cache-control', 'no-store', requestIdHeader, exchange.id],
  ]);
  exchange.response.end(exchange.method === 'HEAD' ? undefined : healthBody);
}
