/** One row of the table of standards: what must hold, in words that a test can be held against. */
export interface StandardRow {
  /** What the names of its tests begin with, such as `RFC 6749`. */
  readonly id: string;
  readonly title: string;
  /** What must hold. */
  readonly promise: string;
}

/**
 * The standards Tollkeeper keeps to. A test belongs to a row when its name begins with the row's id, wherever under `test/`
 * it stands; a row without a test fails standards.test.ts, and so does a test whose row is missing.
 */
export const standardRows: readonly StandardRow[] = [
  {
    id: 'RFC 6749',
    title: 'OAuth 2.0',
    promise:
      'The token endpoint takes POST and forms, and answers JSON that nobody may keep; every error of section 5.2 where it belongs; `scope` in the answer when it differs from what was asked.',
  },
  {
    id: 'RFC 6750',
    title: 'Bearer tokens',
    promise:
      'No token: 401 with a bare challenge; `invalid_token` 401; `insufficient_scope` 403 with `scope`; the header is the way in.',
  },
  {
    id: 'RFC 7009',
    title: 'Revocation',
    promise: '200 also for an unknown token; ending a grant ends its tokens and cuts their open streams.',
  },
  {
    id: 'RFC 7517',
    title: 'Key sets and their rotation',
    promise:
      '`kid` is the thumbprint of RFC 7638; a new key is published before it signs, and kept until the last token it signed has expired.',
  },
  {
    id: 'RFC 7591',
    title: 'Dynamic registration',
    promise: '201 for a native client; metadata is checked and kept; a name is a claim and shown as one.',
  },
  {
    id: 'RFC 7636',
    title: 'PKCE',
    promise: 'The code flow is only open with `S256`.',
  },
  {
    id: 'RFC 7662',
    title: 'Introspection',
    promise: 'The caller authenticates; any bad token is exactly `{"active":false}`.',
  },
  {
    id: 'RFC 8252',
    title: 'Native apps',
    promise: 'A loopback redirect URI may have any port; every other is compared letter by letter.',
  },
  {
    id: 'RFC 8414',
    title: 'Authorization server metadata',
    promise: 'Every endpoint it lists works, nothing is listed that is off.',
  },
  {
    id: 'RFC 8594',
    title: 'Sunset',
    promise:
      'What a provider says of a service or model that is being retired reaches the caller as it is, `Sunset`, `Deprecation` and `Link`. Nothing of our own is being retired.',
  },
  {
    id: 'RFC 8628',
    title: 'Device grant',
    promise:
      '`authorization_pending`, `slow_down` for good, `access_denied`, `expired_token`; the code can be compared before it is allowed.',
  },
  {
    id: 'RFC 8693',
    title: 'Token exchange',
    promise:
      'A token is exchanged for a narrower one: scope, time, uses and money only shrink, `act` says who acts, what the new one uses is taken from the old one as well, and it ends with it.',
  },
  {
    id: 'RFC 8707',
    title: 'Resource indicators',
    promise: '`resource` is this gateway, or `invalid_target`; the token\u2019s audience is checked.',
  },
  {
    id: 'RFC 9068',
    title: 'Access tokens as JWTs',
    promise:
      '`typ` is `at+jwt` and every required claim is there; algorithms, issuer and audience are checked against a list; RS256 can be had, ES256 is the default.',
  },
  {
    id: 'RFC 9207',
    title: 'Issuer in the authorization response',
    promise: 'Every redirect back carries `iss`.',
  },
  {
    id: 'RFC 9396',
    title: 'Rich authorization requests',
    promise:
      '`authorization_details` of type `ai_gateway`; an unknown type or field is `invalid_authorization_details`; the answer says what was granted.',
  },
  {
    id: 'RFC 9449',
    title: 'Tokens bound to a key (DPoP)',
    promise:
      'A proof binds the token; a bound token works with a fresh proof of its key for the very call, once, and never as a bearer token.',
  },
  {
    id: 'RFC 9700',
    title: 'Best current practice',
    promise:
      'PKCE with the code flow, no implicit and no password grant; a refresh token rotates, and one that is used twice ends its family and its grant.',
  },
  {
    id: 'RFC 9728',
    title: 'Protected resource metadata',
    promise: 'The gateway describes itself, and a 401 names where.',
  },
  {
    id: 'MCP',
    title: 'authorization',
    promise:
      'From the 401 to a token by metadata, registration, PKCE and `resource` alone; no token is passed through; a bad Origin is 403.',
  },
];
