import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** A registry on which a test decides what is published; it counts what was asked for. */
export interface FakeRegistry {
  readonly fetch: typeof globalThis.fetch;
  readonly asked: readonly string[];
}

/** What the registry publishes. */
export interface FakePackage {
  readonly version: string;
  readonly published: string;
  readonly tarball: Buffer;
  /** Named instead of the tarball's own checksum. */
  readonly integrity?: string;
}

const block = 512;

/** A gzipped tar archive of one file. */
export function tarballOf(path: string, text: string): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.alloc(block);
  header.write(path, 0);
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('0', 156);
  const padding = Buffer.alloc((block - (body.length % block)) % block);
  return gzipSync(Buffer.concat([header, body, padding, Buffer.alloc(2 * block)]));
}

/** Answers as the npm registry does for the one package, and with 404 for everything else. */
export function fakeRegistry(published: FakePackage): FakeRegistry {
  const asked: string[] = [];
  const { version, tarball } = published;
  const integrity = published.integrity ?? `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const document = {
    'dist-tags': { latest: version },
    time: { [version]: published.published },
    versions: { [version]: { version, dist: { integrity, tarball: 'https://elsewhere.example/evil.tgz' } } },
  };
  const answers: Readonly<Record<string, () => Response>> = {
    'https://registry.npmjs.org/@pydantic%2fgenai-prices': () => Response.json(document),
    [`https://registry.npmjs.org/@pydantic/genai-prices/-/genai-prices-${version}.tgz`]: () =>
      new Response(new Uint8Array(tarball)),
  };
  return {
    asked,
    fetch: async (input) => {
      asked.push(String(input));
      return answers[String(input)]?.() ?? new Response('no', { status: 404 });
    },
  };
}
