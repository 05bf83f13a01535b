/** Header every answer of the gateway carries. */
export const requestIdHeader = 'x-tollkeeper-request-id';

/** Says which upstream served, where the gateway chose it: `provider/model;credential=ID`. */
export const upstreamHeader = 'x-tollkeeper-upstream';

/** The upstreams that were tried before it, each with its status, `paid=maybe` where it may have cost something all the same. */
export const attemptsHeader = 'x-tollkeeper-attempts';

/** Members of the request that a translation could not carry, separated by commas. */
export const droppedHeader = 'x-tollkeeper-dropped';

/** Loopback addresses the gateway listens on; there is no other. */
export const loopbackHosts = ['127.0.0.1', '::1'] as const;

/** Host header names that mean this gateway. */
export const allowedHostNames = ['127.0.0.1', 'localhost', '[::1]'] as const;

/** Largest request body the gateway takes, in bytes. */
export const maxBodyBytes = 512 * 1024 * 1024;

/** Largest header block, in bytes. */
export const maxHeaderBytes = 64 * 1024;

/** Paths served by the authorization server in the control plane, reached through the gateway. */
export const authorizationServerPaths = {
  deviceAuthorization: '/oauth/device_authorization',
  token: '/oauth/token',
  revoke: '/oauth/revoke',
  introspect: '/oauth/introspect',
  register: '/oauth/register',
  authorize: '/oauth/authorize',
  authorizeWait: '/oauth/authorize/wait',
  device: '/oauth/device',
  metadata: '/.well-known/oauth-authorization-server',
  protectedResource: '/.well-known/oauth-protected-resource',
  jwks: '/.well-known/jwks.json',
} as const;

/** Header by which the gateway tells the authorization server the caller's loopback port: `ADDRESS:PORT>LOCALPORT`. Stripped from callers. */
export const callerConnectionHeader = 'x-tollkeeper-caller';

/** Liveness path; needs no token and says nothing else. */
export const healthPath = '/healthz';
