/** What one error code means, wherever it appears. */
interface ErrorDefinition {
  /** HTTP status the gateway answers with. */
  readonly status: number;
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** What happened and what to do next, when the thrower has nothing more exact to say. */
  readonly message: string;
}

/** Every error code of Tollkeeper, in one place: CLI, IPC, gateway and docs take them from here. */
export const errorDefinitions = {
  invalid_request: { status: 400, retryable: false, message: 'The request is malformed.' },
  invalid_token: {
    status: 401,
    retryable: false,
    message: 'The token is missing, expired or revoked. Ask for a new one with `toll token`.',
  },
  invalid_dpop_proof: {
    status: 401,
    retryable: false,
    message:
      'This token is bound to a key. Send it as `Authorization: DPoP`, with a fresh proof made for this very call.',
  },
  token_in_query: {
    status: 401,
    retryable: false,
    message:
      'A token in the query string is refused. Send it as `Authorization: Bearer`, `x-api-key` or `x-goog-api-key`.',
  },
  insufficient_scope: {
    status: 403,
    retryable: false,
    message: 'The token does not allow this. Ask for the scope named in WWW-Authenticate.',
  },
  origin_refused: { status: 403, retryable: false, message: 'Requests from web pages are refused.' },
  host_refused: {
    status: 421,
    retryable: false,
    message: 'The Host header does not name this gateway. Use the URL from `toll doctor`.',
  },
  unknown_provider: {
    status: 404,
    retryable: false,
    message: 'No such provider. `toll key add` lists the known ones.',
  },
  unknown_endpoint: {
    status: 404,
    retryable: false,
    message: 'This path is not on the provider\u2019s list of allowed endpoints.',
  },
  unknown_model: {
    status: 404,
    retryable: false,
    message: 'No such model or alias. Name it as `provider/model`, or by an alias from `toll alias list`.',
  },
  method_not_allowed: { status: 405, retryable: false, message: 'This path does not take that method.' },
  upgrade_required: {
    status: 426,
    retryable: false,
    message: 'This path is a live session. Open it as a WebSocket.',
  },
  budget_exceeded: {
    status: 402,
    retryable: false,
    message: 'The budget of this grant is spent. Ask for a new grant or a larger budget.',
  },
  price_unknown: {
    status: 402,
    retryable: false,
    message:
      'The price of this model is unknown, so it can\u2019t be used under a budget. Ask for a grant without a budget.',
  },
  token_already_used: { status: 409, retryable: false, message: 'The token has no uses left. Ask for a new one.' },
  request_too_large: { status: 413, retryable: false, message: 'The request body is larger than the gateway takes.' },
  rate_limited: {
    status: 429,
    retryable: true,
    message: 'Too many requests. Try again after the time in Retry-After.',
  },
  upstream_unreachable: {
    status: 502,
    retryable: true,
    message: 'The provider could not be reached. Check the network, then try again.',
  },
  upstream_timeout: { status: 504, retryable: true, message: 'The provider took too long to answer. Try again.' },
  upstream_cooling_down: {
    status: 429,
    retryable: true,
    message: 'The provider asked to wait, and no other key or model is left. Try again after the time in Retry-After.',
  },
  circuit_open: {
    status: 503,
    retryable: true,
    message:
      'Calls with this key have failed too often, so it is left alone until the time in Retry-After. `toll key list` says why.',
  },
  no_credential: {
    status: 503,
    retryable: false,
    message: 'There is no key for this provider. Add one with `toll key add`.',
  },
  owner_away: {
    status: 503,
    retryable: true,
    message:
      'The keys are put away while their owner is: the screen is locked, or the machine was left. Try again after the time in Retry-After.',
  },
  gateway_paused: {
    status: 503,
    retryable: true,
    message: 'The gateway is paused. Resume it from the tray menu or with `toll resume`.',
  },
  gateway_starting: { status: 503, retryable: true, message: 'The gateway is starting. Try again in a moment.' },
  gateway_exited: {
    status: 502,
    retryable: true,
    message: 'The gateway process ended while this request ran; it was started again. Try again.',
  },
  not_found: { status: 404, retryable: false, message: 'There is nothing by that id.' },
  conflict: { status: 409, retryable: false, message: 'That was already decided or changed.' },
  wrong_usage: {
    status: 400,
    retryable: false,
    message: 'The command was called with wrong arguments. See `toll help`.',
  },
  presence_required: {
    status: 403,
    retryable: false,
    message: 'The system did not confirm that it is you. Try again at the machine itself; nothing was changed.',
  },
  access_denied: { status: 403, retryable: false, message: 'The request was denied.' },
  tool_silenced: {
    status: 429,
    retryable: true,
    message:
      'This tool was denied again and again, so it is not heard for a while. Try again after the time in Retry-After, or: toll listen',
  },
  confirmation_required: {
    status: 403,
    retryable: false,
    message: 'This request is unusual. Type the number that stands beside it, then allow it.',
  },
  request_expired: { status: 403, retryable: false, message: 'Nobody answered in time, which means no. Ask again.' },
  key_rejected: {
    status: 400,
    retryable: false,
    message: 'The provider refused this key. Check that it was copied whole and is active.',
  },
  key_malformed: { status: 400, retryable: false, message: 'This does not look like a key of that provider.' },
  key_unchanged: {
    status: 400,
    retryable: false,
    message: 'This is the key that is in use already. Make a new one at the provider and give that.',
  },
  key_of_other_account: {
    status: 400,
    retryable: false,
    message:
      'The new key belongs to another account than the old one. To use that account, add its key beside the old one.',
  },
  base_url_refused: {
    status: 400,
    retryable: false,
    message: 'The base URL must be https, or http on a loopback host, without credentials, query or fragment.',
  },
  base_url_required: {
    status: 400,
    retryable: false,
    message: 'This provider has no common address. Give its URL with --base-url.',
  },
  binding_unprovable: {
    status: 409,
    retryable: false,
    message:
      'This system does not tell which process is asking, so a token can\u2019t be bound to it. Ask for one that is not bound.',
  },
  vault_locked: {
    status: 503,
    retryable: true,
    message: 'The keychain is locked. Unlock it and try again; nothing was lost.',
  },
  vault_unavailable: {
    status: 503,
    retryable: true,
    message: 'There is no usable keychain. Start one, or use `toll serve --vault passphrase`.',
  },
  vault_item_missing: {
    status: 500,
    retryable: false,
    message:
      'An item that must exist is missing from the keychain. Restore it from a backup, or remove the key and add it again.',
  },
  wrong_passphrase: { status: 403, retryable: false, message: 'The passphrase is wrong.' },
  not_running: { status: 503, retryable: true, message: 'Tollkeeper is not running. Start the app, or `toll serve`.' },
  already_running: { status: 409, retryable: false, message: 'Tollkeeper is already running with this home folder.' },
  port_in_use: {
    status: 409,
    retryable: true,
    message: 'The port is taken by another program. Choose another with --port or TOLLKEEPER_PORT.',
  },
  ledger_unavailable: {
    status: 503,
    retryable: true,
    message: 'The ledger can\u2019t be written. Free some disk space; records wait in memory until then.',
  },
  storage_corrupt: {
    status: 500,
    retryable: false,
    message: 'The database can\u2019t be opened with its key. Restore it from a backup.',
  },
  prices_not_updated: {
    status: 502,
    retryable: true,
    message: 'The prices stay as they are: no newer price list could be fetched.',
  },
  provider_busy: {
    status: 503,
    retryable: true,
    message: 'The provider did not take the call now, and nothing was changed. It is tried again.',
  },
  provider_refused: {
    status: 502,
    retryable: false,
    message: 'The provider refused to change the key. Look at what the admin key may do.',
  },
  provider_outcome_unknown: {
    status: 504,
    retryable: true,
    message: 'The provider did not say whether it changed the key. It is looked up before anything is tried again.',
  },
  rotation_unsupported: {
    status: 501,
    retryable: false,
    message:
      'This key can\u2019t be changed through its provider\u2019s API as it is set up. See `toll rotation list`.',
  },
  new_key_unusable: {
    status: 502,
    retryable: false,
    message: 'The new key does not work, so the old one stays.',
  },
  old_key_in_use: {
    status: 409,
    retryable: false,
    message: 'The old key is still used by something other than Tollkeeper, so it was left alone.',
  },
  calls_still_running: {
    status: 409,
    retryable: false,
    message: 'Calls with that key still run, so it was left alone.',
  },
  old_key_unknown: {
    status: 409,
    retryable: false,
    message: 'The old key could not be found through the provider\u2019s API, so it still lives.',
  },
  old_key_alive: {
    status: 409,
    retryable: true,
    message: 'The provider still takes the old key. Delete it there, then check again.',
  },
  new_key_lost: {
    status: 500,
    retryable: false,
    message: 'The provider ended the old key and the new one was never received. Make a key by hand and add it.',
  },
  storage_unavailable: {
    status: 503,
    retryable: true,
    message:
      'The database can\u2019t be read or written now. Free some disk space or close what holds it, then try again; nothing was changed.',
  },
  unsupported_platform: { status: 501, retryable: false, message: 'This platform does not offer that.' },
  internal: {
    status: 500,
    retryable: false,
    message: 'Something went wrong inside Tollkeeper. `toll doctor` may tell what.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** A stable error code; callers may branch on it. */
export type ErrorCode = keyof typeof errorDefinitions;

/** Options of {@link TollkeeperError}. */
export interface TollkeeperErrorOptions {
  readonly cause?: unknown;
  /** Facts for programs; never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one error class: a stable code, a sentence that says what to do, and never a secret. */
export class TollkeeperError extends Error {
  override readonly name = 'TollkeeperError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message?: string, options: TollkeeperErrorOptions = {}) {
    super(
      message ?? errorDefinitions[code].message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.details = options.details ?? {};
  }

  /** True when the same call may succeed later. */
  get retryable(): boolean {
    return errorDefinitions[this.code].retryable;
  }

  /** HTTP status of this error. */
  get status(): number {
    return errorDefinitions[this.code].status;
  }
}

/** The form in which an error crosses a boundary. */
export interface ErrorDocument {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** True for a string that is one of the codes above. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorDefinitions, value);
}

/** Turns anything thrown into the document that crosses a boundary; what is not ours becomes `internal` and keeps its text to itself. */
export function toErrorDocument(error: unknown): ErrorDocument {
  if (error instanceof TollkeeperError) {
    return {
      code: error.code,
      message: error.message,
      ...(Object.keys(error.details).length > 0 ? { details: error.details } : {}),
    };
  }
  return { code: 'internal', message: errorDefinitions.internal.message };
}

/** Rebuilds the error on the other side of a boundary. */
export function fromErrorDocument(document: ErrorDocument): TollkeeperError {
  return new TollkeeperError(document.code, document.message, document.details ? { details: document.details } : {});
}

/** Makes the compiler prove that a switch over a union is complete. */
export function assertNever(value: never): never {
  throw new TollkeeperError('internal', `Unexpected value ${JSON.stringify(value)}`);
}
