import { type ErrorCode, TollkeeperError } from '#shared/model/error.ts';

/** What a call that came to nothing is to its caller, and whether it may have reached the upstream. */
export interface UpstreamFailure {
  readonly refusal: TollkeeperError;
  /** False when no connection came about, so nothing can have been taken up or paid. */
  readonly sent: boolean;
}

interface Row {
  readonly code: ErrorCode;
  readonly sent: boolean;
  readonly message?: string;
}

const unverified: Row = {
  code: 'upstream_unreachable',
  sent: false,
  message:
    'The provider’s certificate is not trusted on this machine. If your network has an authority of its own, name its file in NODE_EXTRA_CA_CERTS.',
};
const neverSent: Row = { code: 'upstream_unreachable', sent: false };

/** By the code of undici's or the system's error; what is not here is `upstream_unreachable`, and may have been sent. */
const rows: Readonly<Record<string, Row>> = {
  UND_ERR_CONNECT_TIMEOUT: {
    code: 'upstream_timeout',
    sent: false,
    message:
      'No connection to the provider came about within connectTimeoutSeconds. Check the network and the proxy, then try again.',
  },
  UND_ERR_HEADERS_TIMEOUT: {
    code: 'upstream_timeout',
    sent: true,
    message: 'The provider’s answer did not begin within firstByteTimeoutSeconds. Try again, or raise the setting.',
  },
  UND_ERR_BODY_TIMEOUT: {
    code: 'upstream_timeout',
    sent: true,
    message: 'The provider was silent for longer than idleTimeoutSeconds.',
  },
  ECONNREFUSED: neverSent,
  ENOTFOUND: neverSent,
  EAI_AGAIN: neverSent,
  EHOSTUNREACH: neverSent,
  ENETUNREACH: neverSent,
  SELF_SIGNED_CERT_IN_CHAIN: unverified,
  DEPTH_ZERO_SELF_SIGNED_CERT: unverified,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unverified,
  UNABLE_TO_GET_ISSUER_CERT: unverified,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unverified,
  CERT_HAS_EXPIRED: unverified,
  ERR_TLS_CERT_ALTNAME_INVALID: unverified,
};

/** Reads a failure. Only our own errors keep their text: an upstream's or the system's may name what must not be told. */
export function readUpstreamFailure(error: Error): UpstreamFailure {
  if (error instanceof TollkeeperError) {
    return { refusal: error, sent: error.details.sent !== false };
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const row = Object.hasOwn(rows, code) ? rows[code] : undefined;
  return row === undefined
    ? { refusal: new TollkeeperError('upstream_unreachable'), sent: true }
    : { refusal: new TollkeeperError(row.code, row.message), sent: row.sent };
}

const waits = {
  connect: 'UND_ERR_CONNECT_TIMEOUT',
  'first-byte': 'UND_ERR_HEADERS_TIMEOUT',
  idle: 'UND_ERR_BODY_TIMEOUT',
} as const;

/** The error of a wait for an upstream that took too long. */
export function upstreamTimeout(wait: keyof typeof waits): TollkeeperError {
  const row = rows[waits[wait]];
  return new TollkeeperError('upstream_timeout', row?.message, { details: { sent: row?.sent ?? true } });
}
