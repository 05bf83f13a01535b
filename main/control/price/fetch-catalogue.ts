import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { Catalogue } from '#shared/model/price.ts';
import { cataloguePackage, importCatalogue } from './import-catalogue.ts';
import { readFromTarball } from './read-tarball.ts';

/** The one place that new prices come from. */
export const catalogueHost = 'https://registry.npmjs.org';

/** Bytes, and milliseconds. */
const limits = { document: 4_000_000, tarball: 8_000_000, unpacked: 40_000_000, timeoutMs: 30_000 } as const;

const documentSchema = lazily(() =>
  z.object({
    'dist-tags': z.object({ latest: z.string().regex(/^\d+\.\d+\.\d+$/) }),
    time: z.record(z.string(), z.string()),
    versions: z.record(
      z.string(),
      z.object({
        version: z.string(),
        dist: z.object({ integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/) }),
      }),
    ),
  }),
);

/** What fetching needs. */
export interface FetchCatalogueOptions {
  readonly fetch: typeof globalThis.fetch;
  /** The catalogue in force. */
  readonly current: Catalogue;
  /** Ids of the providers to take over. */
  readonly providers: ReadonlySet<string>;
}

/**
 * Fetches the newest catalogue: the document and the archive of one package on one host, over TLS, without following a redirect; the
 * archive must have the document's SHA-512, is unpacked in memory and read as data. Null when the one in force is not older. Rejects
 * with `prices_not_updated`, and nothing has changed then.
 */
export async function fetchCatalogue(options: FetchCatalogueOptions): Promise<Catalogue | null> {
  try {
    return await fetchNewer(options);
  } catch (cause) {
    const reason = cause instanceof TollkeeperError ? cause.message : 'The package registry can’t be reached.';
    throw new TollkeeperError('prices_not_updated', `The prices stay as they are. ${reason}`, { cause });
  }
}

async function fetchNewer({ fetch, current, providers }: FetchCatalogueOptions): Promise<Catalogue | null> {
  const { name } = cataloguePackage;
  const text = await download(fetch, `/${name.replace('/', '%2f')}`, limits.document);
  const { version, date, integrity } = readDocument(text.toString('utf8'));
  if (version === current.version || date < current.date) return null;
  const file = `${name.slice(name.indexOf('/') + 1)}-${version}.tgz`;
  const tarball = await download(fetch, `/${name}/-/${file}`, limits.tarball);
  requireIntegrity(tarball, integrity);
  const moduleText = readFromTarball(tarball, `package/${cataloguePackage.file}`, limits.unpacked).toString('utf8');
  const catalogue = importCatalogue(moduleText, { version, date, providers });
  requireSubstance(catalogue, current);
  return catalogue;
}

function readDocument(text: string): { readonly version: string; readonly date: string; readonly integrity: string } {
  const document = documentSchema.safeParse(parseJson(text));
  if (!document.success) throw refused('The registry’s answer is not as expected.');
  const { time, versions } = document.data;
  const version = document.data['dist-tags'].latest;
  const published = z.iso.datetime({ offset: true }).safeParse(time[version]);
  const integrity = versions[version]?.dist.integrity;
  if (!published.success || integrity === undefined) throw refused('The registry’s answer is not as expected.');
  return { version, date: new Date(published.data).toISOString().slice(0, 10), integrity };
}

async function download(fetch: typeof globalThis.fetch, path: string, maxBytes: number): Promise<Buffer> {
  const response = await fetch(`${catalogueHost}${path}`, {
    redirect: 'error',
    credentials: 'omit',
    signal: AbortSignal.timeout(limits.timeoutMs),
  });
  if (!response.ok || response.body === null) {
    throw refused(`The package registry answered ${response.status}.`);
  }
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body) {
    bytes += piece.length;
    if (bytes > maxBytes) throw refused(`The registry sent more than ${maxBytes} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function requireIntegrity(tarball: Buffer, integrity: string): void {
  const expected = Buffer.from(integrity.slice('sha512-'.length), 'base64');
  const actual = createHash('sha512').update(tarball).digest();
  if (!timingSafeEqual(actual, expected))
    throw refused('The package does not have the checksum that the registry names.');
}

/** A list that has lost most of its models is a mistake, whoever made it. */
function requireSubstance(next: Catalogue, current: Catalogue): void {
  const modelsIn = (catalogue: Catalogue) => catalogue.providers.reduce((sum, { models }) => sum + models.length, 0);
  if (modelsIn(next) * 2 < modelsIn(current))
    throw refused('The new price list lacks most of the models of the old one.');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refused(message: string): TollkeeperError {
  return new TollkeeperError('invalid_request', message);
}
