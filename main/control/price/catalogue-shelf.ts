import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import { type Catalogue, catalogueTitle } from '#shared/model/price.ts';
import type { Log } from '../control-options.ts';
import shippedText from './catalogue.json?raw';
import { checkCatalogue } from './import-catalogue.ts';

/** Catalogues by version, in files that only their owner reads: the one in force, and those that older records were priced with. */
export interface CatalogueShelf {
  /** The newest that can be read, the shipped one included. */
  readonly current: Catalogue;
  /** The one that came with the program. */
  readonly shipped: Catalogue;
  /** Finds the catalogue that records name by this title; null when it is no longer there, or damaged. */
  find(title: string): Promise<Catalogue | null>;
  /** Keeps a catalogue, whole or not at all, and puts it in force when it is the newest. Rejects with `storage_unavailable`. */
  keep(catalogue: Catalogue): Promise<void>;
}

/** What a shelf needs. */
export interface CatalogueShelfOptions {
  /** `<home>/prices`. */
  readonly folder: string;
  readonly log: Log;
}

const maxKept = 200;
const fileName = /^genai-prices-\d+\.\d+\.\d+[\w.-]*\.json$/;

function fileOf(catalogue: Pick<Catalogue, 'name' | 'version'>): string {
  return `${catalogue.name}-${catalogue.version}.json`;
}

function isNewer(left: Catalogue, right: Catalogue): boolean {
  return left.date === right.date
    ? left.version.localeCompare(right.version, 'en', { numeric: true }) > 0
    : left.date > right.date;
}

/** Opens the shelf and, without anybody waiting for it, puts the shipped catalogue on it, so that what it priced can still be explained when the program has a newer one. */
export async function openCatalogueShelf({ folder, log }: CatalogueShelfOptions): Promise<CatalogueShelf> {
  // It is a part of the program like its code, and a test checks it: checking it here would only delay the start.
  const shipped: Catalogue = JSON.parse(shippedText);
  let current = shipped;

  async function read(name: string): Promise<Catalogue | null> {
    try {
      return checkCatalogue(JSON.parse(await readFile(join(folder, name), 'utf8')));
    } catch (error) {
      log('price-catalogue-not-read', { file: name, reason: toErrorDocument(error).message });
      return null;
    }
  }

  async function names(): Promise<readonly string[]> {
    const all = await readdir(folder).catch(() => []);
    return all.filter((name) => fileName.test(name)).slice(0, maxKept);
  }

  async function write(catalogue: Catalogue): Promise<void> {
    const path = join(folder, fileOf(catalogue));
    const temporary = `${path}.new`;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await rm(temporary, { force: true });
      const file = await open(temporary, 'wx', 0o600);
      await file
        .writeFile(catalogue === shipped ? shippedText : JSON.stringify(catalogue))
        .then(() => file.sync())
        .finally(() => file.close());
      await rename(temporary, path);
    } catch (cause) {
      throw new TollkeeperError('storage_unavailable', `The price catalogue can’t be kept in ${folder}.`, { cause });
    }
  }

  const kept = await names();
  for (const name of kept) {
    const catalogue = name === fileOf(shipped) ? shipped : await read(name);
    if (catalogue !== null && isNewer(catalogue, current)) current = catalogue;
  }
  if (!kept.includes(fileOf(shipped))) {
    write(shipped).catch((error: unknown) =>
      log('price-catalogue-not-kept', { reason: toErrorDocument(error).message }),
    );
  }

  return {
    get current() {
      return current;
    },
    shipped,
    async find(title) {
      for (const catalogue of [current, shipped]) if (catalogueTitle(catalogue) === title) return catalogue;
      const version = /^genai-prices (\d+\.\d+\.\d+[\w.-]*) /.exec(title)?.[1];
      if (version === undefined || !(await names()).includes(`genai-prices-${version}.json`)) return null;
      const catalogue = await read(`genai-prices-${version}.json`);
      return catalogue !== null && catalogueTitle(catalogue) === title ? catalogue : null;
    },
    async keep(catalogue) {
      await write(catalogue);
      if (isNewer(catalogue, current)) current = catalogue;
    },
  };
}
