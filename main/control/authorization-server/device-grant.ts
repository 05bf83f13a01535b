import { errors, type TokenEndpointGrantContext } from 'oidc-provider';
import type { AuthorizationServerOptions } from './authorization-server-options.ts';
import type { DeviceRequestRecord, DeviceRequests } from './device-requests.ts';
import { noteAllowedClient } from './state-adapter.ts';
import { answerWithToken, type TokenAnswerOptions } from './token-answer.ts';
import type { ReadTokenForm } from './token-form.ts';

/** What the device grant needs of its server. */
export type DeviceGrantOptions = TokenAnswerOptions &
  Pick<AuthorizationServerOptions, 'state'> & { readonly requests: DeviceRequests; readonly readForm: ReadTokenForm };

type DeviceGrantContext = TokenEndpointGrantContext<{ readonly device_code?: string }>;

/** Name of the library's model of a device code. */
const deviceCodeModel = 'DeviceCode';

/**
 * The token endpoint's device grant: pacing, the errors of a poll, and the token, once. RFC 8628 sections 3.4 and 3.5.
 * It takes the place of the library's own handler, which neither paces nor lets anyone else sign.
 */
export function deviceGrantHandler(options: DeviceGrantOptions): (context: DeviceGrantContext) => Promise<void> {
  const redeeming = new Set<string>();
  return async (context) => {
    const deviceCode = context.oidc.params.device_code;
    if (deviceCode === undefined) throw new errors.InvalidRequest("missing required parameter 'device_code'");
    const record = await readCode(context, deviceCode, options);
    if (!options.requests.poll(deviceCode)) throw new errors.SlowDown();
    const grantId = grantedOrThrow(record, options);
    const form = await options.readForm(context);
    if (redeeming.has(deviceCode)) throw new errors.InvalidGrant('device code already redeemed');
    redeeming.add(deviceCode);
    try {
      const order = { grantId, clientId: context.oidc.client.clientId, shape: record.shape, form };
      const answer = await answerWithToken(order, options);
      options.state.consume(deviceCodeModel, deviceCode, options.clock.now());
      if (answer === null) throw new errors.AccessDenied('The grant has ended.');
      noteAllowedClient(options, order.clientId);
      context.body = answer;
    } finally {
      redeeming.delete(deviceCode);
    }
  };
}

async function readCode(
  context: DeviceGrantContext,
  deviceCode: string,
  { requests }: DeviceGrantOptions,
): Promise<DeviceRequestRecord & { readonly isExpired: boolean }> {
  const code = await context.oidc.provider.DeviceCode.find(deviceCode, { ignoreExpiration: true });
  if (code === undefined) throw new errors.InvalidGrant('device code not found');
  if (code.clientId !== context.oidc.client.clientId) throw new errors.InvalidGrant('client mismatch');
  if (code.consumed) throw new errors.InvalidGrant('device code already redeemed');
  const record = requests.find(deviceCode);
  if (record === null) throw new errors.InvalidGrant('device code not found');
  return { ...record, isExpired: code.isExpired };
}

/** The grant's id, or the error that tells the client where its request stands. */
function grantedOrThrow(
  record: DeviceRequestRecord & { readonly isExpired: boolean },
  { access, requests }: DeviceGrantOptions,
): string {
  if (record.isExpired) throw new errors.ExpiredToken('Nobody answered in time, or the code was not redeemed in time.');
  switch (record.decision?.outcome) {
    case 'granted':
      return record.decision.grantId;
    case 'denied':
      throw new errors.AccessDenied('The request was denied.');
    case 'expired':
      throw new errors.ExpiredToken('Nobody answered in time, which means no.');
    case undefined:
      if (requests.isOpen(record.requestId) || access.isWaiting(record.requestId))
        throw new errors.AuthorizationPending();
      throw new errors.ExpiredToken('The request was lost when Tollkeeper restarted. Ask again.');
  }
}
