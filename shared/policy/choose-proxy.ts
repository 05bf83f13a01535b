import type { Network } from '../model/network.ts';

/** One upstream's host and port. */
export interface Destination {
  /** As in a URL; an IPv6 address with or without brackets. */
  readonly hostname: string;
  /** Decimal; the default port where the URL names none. */
  readonly port: string;
}

const loopback = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|::1)$/;
const entryForm = /^(\[[^\]]+\]|[^:]+|[^:]*:[^:]*:.*?)(?::(\d{1,5}))?$/;
const rangeForm = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/;

/** The proxy's URL for a destination, or null when it is reached straight: no proxy is set, `noProxy` names it, or it is this machine. */
export function proxyFor(network: Pick<Network, 'proxy' | 'noProxy'>, destination: Destination): string | null {
  const host = plainHost(destination.hostname);
  if (network.proxy === null || loopback.test(host)) {
    return null;
  }
  return network.noProxy.some((entry) => covers(entry, host, destination.port)) ? null : network.proxy;
}

function plainHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

/** One entry of `NO_PROXY`, as curl and Go read them: a name covers itself and what ends in `.name`. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') {
    return true;
  }
  const range = rangeForm.exec(entry);
  if (range !== null) {
    return inRange(host, range[1] ?? '', Number(range[2]));
  }
  const [, name = '', wantedPort] = entryForm.exec(entry.toLowerCase()) ?? [];
  if (name === '' || (wantedPort !== undefined && wantedPort !== port)) {
    return false;
  }
  const suffix = plainHost(name).replace(/^\*?\./, '');
  return host === suffix || (!isAddress(host) && host.endsWith(`.${suffix}`));
}

function isAddress(host: string): boolean {
  return host.includes(':') || addressBits(host) !== null;
}

function inRange(host: string, base: string, length: number): boolean {
  const [bits, wanted] = [addressBits(host), addressBits(base)];
  if (bits === null || wanted === null || length > 32) {
    return false;
  }
  const size = 2 ** (32 - length);
  return Math.floor(bits / size) === Math.floor(wanted / size);
}

/** An IPv4 address as a number; null for anything else. */
function addressBits(host: string): number | null {
  const parts = host.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) {
    return null;
  }
  return parts.reduce((bits, part) => bits * 256 + Number(part), 0);
}
