import type { KoaContextWithOIDC } from 'oidc-provider';
import { authorizationServerPaths, callerConnectionHeader } from '#shared/contract/http.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import type { AuthorizationServerOptions } from './authorization-server-options.ts';
import { parseCallerConnection } from './caller-connection.ts';
import { readDemand } from './client-demand.ts';
import { type DeviceRequests, pollInterval } from './device-requests.ts';
import { demandForm, demandingClient } from './public-client.ts';

/** What the endpoint needs of its server. */
export type DeviceAuthorizationOptions = Pick<AuthorizationServerOptions, 'access' | 'issuer' | 'peerOf' | 'log'> & {
  readonly requests: DeviceRequests;
};

/** The library's own answer. RFC 8628 section 3.2. */
interface DeviceAuthorizationAnswer {
  readonly device_code: string;
  readonly user_code: string;
  readonly expires_in: number;
}

/**
 * After the library made a device code, asks control for what the form asks for, and completes the answer with `interval`
 * and our own verification address. When control can't be asked, the code is destroyed again. RFC 8628 section 3.2.
 */
export function openDeviceRequest(
  options: DeviceAuthorizationOptions,
): (context: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void> {
  return async (context, next) => {
    await next();
    if (context.path !== authorizationServerPaths.deviceAuthorization || context.status !== 200) return;
    const answer = context.body as DeviceAuthorizationAnswer;
    try {
      await askControl(context, answer, options);
      context.body = completeAnswer(answer, options.issuer);
    } catch (error) {
      const { code, message, details } = toErrorDocument(error);
      options.log('device-request-failed', { code });
      await context.oidc.entities.DeviceCode?.destroy();
      const isTooMuch = code === 'rate_limited' || code === 'tool_silenced';
      context.status = isTooMuch ? 429 : 503;
      if (details?.retryAfterSeconds !== undefined) context.set('retry-after', String(details.retryAfterSeconds));
      context.body = { error: isTooMuch ? 'slow_down' : 'temporarily_unavailable', error_description: message };
    }
  };
}

async function askControl(
  context: KoaContextWithOIDC,
  answer: DeviceAuthorizationAnswer,
  options: DeviceAuthorizationOptions,
): Promise<void> {
  const { client, params } = context.oidc;
  if (client === undefined) throw new TollkeeperError('internal');
  const { demand, shape } = readDemand(demandForm({ ...params }), demandingClient(client));
  if (demand === null) throw new TollkeeperError('internal');
  const process = await callingProcess(context.get(callerConnectionHeader), options);
  const request = await options.access.request({
    ...{ demand, process, userCode: answer.user_code },
    channel: 'device-code',
  });
  options.requests.open(answer.device_code, { ...request, shape });
}

async function callingProcess(
  header: string,
  { peerOf }: Pick<DeviceAuthorizationOptions, 'peerOf'>,
): Promise<PeerProcess | null> {
  const connection = parseCallerConnection(header);
  return connection === null ? null : peerOf(connection);
}

function completeAnswer(answer: DeviceAuthorizationAnswer, issuer: string): Readonly<Record<string, unknown>> {
  const verification = new URL(authorizationServerPaths.device, issuer);
  const complete = new URL(verification);
  complete.searchParams.set('user_code', answer.user_code);
  return {
    ...answer,
    verification_uri: verification.href,
    verification_uri_complete: complete.href,
    interval: pollInterval.initialSeconds,
  };
}
