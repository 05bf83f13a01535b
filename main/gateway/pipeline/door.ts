import { allowedHostNames } from '#shared/contract/http.ts';

/**
 * One of the gateway's ways in, and what its callers may write into Host and Origin. A name that was made to point at this machine is
 * not among them, and neither is another door's port.
 */
export interface Door {
  readonly kind: 'plain' | 'tls' | 'socket';
  /** Lower case. */
  readonly hosts: ReadonlySet<string>;
  /** Lower case. */
  readonly origins: ReadonlySet<string>;
}

const usualPorts = { http: 80, https: 443 } as const;

/** A door that lets nobody in before it is told its port. */
export interface PendingDoor {
  readonly door: Door;
  openAt(port: number): void;
}

/** A door on the loopback addresses. */
export function loopbackDoor(kind: 'plain' | 'tls'): PendingDoor {
  const hosts = new Set<string>();
  const origins = new Set<string>();
  return {
    door: { kind, hosts, origins },
    openAt(port) {
      const scheme = kind === 'tls' ? 'https' : 'http';
      for (const name of allowedHostNames) {
        for (const host of port === usualPorts[scheme] ? [name, `${name}:${port}`] : [`${name}:${port}`]) {
          hosts.add(host);
          origins.add(`${scheme}://${host}`);
        }
      }
    },
  };
}

/**
 * The unix socket or named pipe. No page in a browser gets there, so there is no port to tell apart: a loopback name with none, as
 * `curl --unix-socket` sends for `http://localhost/`, or with the plain door's, and no Origin at all.
 */
export function socketDoor(plainPort: number): Door {
  const hosts = allowedHostNames.flatMap((name) => [name, `${name}:${plainPort}`]);
  return { kind: 'socket', hosts: new Set(hosts), origins: new Set() };
}
