import { existsSync } from 'node:fs';
import path from 'node:path';
import type { UserConfig } from 'vite';

/** The repository's root folder. */
export const root: string = path.resolve(import.meta.dirname, '../..');

/** Packages that stay outside every Node bundle: natives, what Electron provides, and what reads its own files. */
export const externalPackages: readonly string[] = ['electron', 'keytar', 'libsql', 'koffi', 'oidc-provider'];

interface NodeBundle {
  /** Put before the names of its shared parts, which lie in one folder with those of other bundles. */
  readonly name: string;
  /** Output name without extension, to its source file relative to the root. Sources that do not exist are left out. */
  readonly entries: Readonly<Record<string, string>>;
  /** Output folder relative to the root. */
  readonly outDir: string;
  readonly format?: 'es' | 'cjs';
  readonly extension?: 'mjs' | 'cjs';
  /** Text put before the bundle, such as a shebang. */
  readonly banner?: string;
}

/** A Vite configuration for code that runs in Node or in Electron's Node: Node 20, everything bundled but {@link externalPackages}. */
export function nodeBundle({
  name: bundle,
  entries,
  outDir,
  format = 'es',
  extension = 'mjs',
  banner,
}: NodeBundle): UserConfig {
  const input = Object.fromEntries(
    Object.entries(entries)
      .map(([name, source]) => [name, path.join(root, source)] as const)
      .filter(([, source]) => existsSync(source)),
  );
  return {
    root,
    publicDir: false,
    logLevel: 'warn',
    ssr: { noExternal: true, external: [...externalPackages], target: 'node' },
    build: {
      ssr: true,
      target: 'node20.18',
      outDir: path.join(root, outDir),
      emptyOutDir: false,
      minify: false,
      sourcemap: true,
      rollupOptions: {
        input,
        checks: { ineffectiveDynamicImport: false },
        external: [/^node:/, ...externalPackages.map((name) => new RegExp(`^${name}(/|$)`))],
        output: {
          format,
          entryFileNames: `[name].${extension}`,
          chunkFileNames: `${bundle}.[name].${extension}`,
          ...(banner === undefined ? {} : { banner }),
        },
      },
    },
  };
}
