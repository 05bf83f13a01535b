/** How upstreams are reached from this machine. Proxy and certificates are the user's; a proxy's URL may hold a password and is a secret. */
export interface Network {
  /** `http://` or `https://` URL of the proxy for every upstream beyond this machine; null goes straight. */
  readonly proxy: string | null;
  /** Hosts reached without it: names, `.suffixes`, addresses, IPv4 ranges such as `10.0.0.0/8`, each with an optional port; `*` is all. */
  readonly noProxy: readonly string[];
  /** Certificates (PEM) trusted besides the built-in ones. */
  readonly certificates: readonly string[];
}

/** Deadlines of one upstream call, in milliseconds. */
export interface UpstreamTimeouts {
  /** Until the connection stands, proxy and TLS included. */
  readonly connect: number;
  /** From the request's end to the answer's head. */
  readonly firstByte: number;
  /** Between two pieces of an answer, or two messages of a live session. */
  readonly idle: number;
}

/** No proxy, and no certificates but the built-in ones. */
export const plainNetwork: Network = { proxy: null, noProxy: [], certificates: [] };
