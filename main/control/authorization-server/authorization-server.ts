import { TollkeeperError } from '#shared/model/error.ts';
import type { AuthorizationServer, AuthorizationServerOptions } from './authorization-server-options.ts';

/** Makes the authorization server of one issuer; it answers nothing before `listen`. */
export async function createAuthorizationServer(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
  throw new TollkeeperError('unsupported_platform', `Not written yet: ${options.issuer}`);
}
