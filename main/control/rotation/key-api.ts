import type { z } from 'zod';
import { TollkeeperError } from '#shared/model/error.ts';
import type { ConnectorContext, ProviderKey } from './connector.ts';
import { callProvider, type ProviderCall, readFromProvider } from './provider-call.ts';

/** One request to a provider's API for keys. */
export type KeyRequest = Pick<ProviderCall, 'method' | 'body' | 'form' | 'goneIsFine' | 'harmless'> & {
  /** Below the API's address, with its query. Holds no secret. */
  readonly path: string;
};

/** A provider's API for keys, called as the admin key allows. Rejects as connectors do. */
export interface KeyApi {
  /** The answer, which must be of this shape. */
  read<T>(schema: z.ZodType<T>, request: KeyRequest): Promise<T>;
  /** For requests whose answer does not matter. */
  send(request: KeyRequest): Promise<void>;
}

/** How an API is called. */
export interface KeyApiOptions {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** Asked before every request, so that no secret is kept between two. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
}

/** Opens an API; calls nothing yet. */
export function openKeyApi(context: ConnectorContext, { baseUrl, headers }: KeyApiOptions): KeyApi {
  const { fetch, clock, provider } = context;
  const callOf = async ({ path, ...request }: KeyRequest): Promise<ProviderCall> => ({
    ...{ fetch, clock, name: provider.name, url: `${baseUrl}${path}`, headers: await headers() },
    ...request,
  });
  return {
    read: async (schema, request) => readFromProvider(await callOf(request), schema),
    send: async (request) => void (await callProvider(await callOf(request))),
  };
}

/** What was read; null when the provider refused the key that it was read with. */
export async function unlessRefused<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof TollkeeperError && error.code === 'provider_refused') return null;
    throw error;
  }
}

/** The address of the provider's API for keys: its own, or else the credential's. */
export function keyApiUrl({ support, baseUrl }: Pick<ConnectorContext, 'support' | 'baseUrl'>): string {
  return support.apiUrl ?? baseUrl;
}

/** The value of a parameter, ready for a path. */
export function pathParameter({ parameters }: Pick<ConnectorContext, 'parameters'>, name: string): string {
  return encodeURIComponent(parameters[name] ?? '');
}

/** Pages that are read of one list. */
const mostPages = 50;

/** One page of a list. */
export interface Page<T> {
  readonly entries: readonly T[];
  /** What the next page is asked for with; null after the last. */
  readonly next: string | null;
}

/** Reads a list to its end. A list that does not end is refused, since a key that is not seen might be made twice. */
export async function readPages<T>(read: (cursor: string | null) => Promise<Page<T>>): Promise<readonly T[]> {
  const entries: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const { entries: more, next }: Page<T> = await read(cursor);
    entries.push(...more);
    if (next === null) return entries;
    cursor = next;
  }
  throw new TollkeeperError('provider_refused', 'The provider’s list of keys is too long to be read to its end.');
}

/** True when the shown ends, such as `sk-abc...def` or `sk-abc**def`, are those of the secret. */
export function isRedactionOf(redacted: string, secret: string): boolean {
  const [start, ...rest] = redacted.split(/[.*…]+/);
  const end = rest.at(-1) ?? '';
  return start !== undefined && end.length >= 3 && secret.startsWith(start) && secret.endsWith(end);
}

/** The only one, or null where none or several fit: a wrong guess would end somebody else’s key. */
export function onlyOne<T>(entries: readonly T[]): T | null {
  const [first] = entries;
  return first === undefined || entries.length > 1 ? null : first;
}

/** ISO 8601 of seconds since the epoch. */
export function isoOf(seconds: number | null | undefined): string | null {
  return seconds === null || seconds === undefined ? null : new Date(seconds * 1_000).toISOString();
}

/** What finds keys by name, from a list of all of them. */
export function findersIn(keys: () => Promise<readonly ProviderKey[]>) {
  return {
    find: async (name: string) => (await keys()).filter((key) => key.name === name),
    list: async (prefix: string) => (await keys()).filter((key) => key.name?.startsWith(prefix) === true),
  };
}
