import type { KoaContextWithOIDC } from 'oidc-provider';
import { authorizationServerPaths, callerConnectionHeader } from '#shared/contract/http.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import type { AuthorizationServerOptions } from './authorization-server-options.ts';
import { parseCallerConnection } from './caller-connection.ts';
import { type DemandForm, demandParameters, readDemand } from './device-demand.ts';
import { type DeviceRequests, pollInterval } from './device-requests.ts';
import { toolNameOf } from './public-client.ts';

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
      const { code, message } = toErrorDocument(error);
      options.log('device-request-failed', { code });
      await context.oidc.entities.DeviceCode?.destroy();
      const isFull = code === 'rate_limited';
      context.status = isFull ? 429 : 503;
      context.body = { error: isFull ? 'slow_down' : 'temporarily_unavailable', error_description: message };
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
  const { demand } = readDemand(demandForm(params ?? {}), toolNameOf(client));
  if (demand === null) throw new TollkeeperError('internal');
  const process = await callingProcess(context.get(callerConnectionHeader), options);
  const request = await options.access.request({ demand, process, userCode: answer.user_code });
  options.requests.open(answer.device_code, request);
}

function demandForm(params: Readonly<Record<string, unknown>>): DemandForm {
  const fields = ['scope', ...Object.values(demandParameters)] as const;
  return Object.fromEntries(
    fields.flatMap((field) => (typeof params[field] === 'string' ? [[field, params[field]]] : [])),
  );
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
