import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Plugin, UserConfig } from 'vite';

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

/**
 * Writes every character beyond ASCII as an escape: Node reads such a file as one byte per character instead of two, which takes a
 * third less time. All of them stand in strings, templates, patterns and comments, where an escape means the same.
 */
function asciiOnly(): Plugin {
  return {
    name: 'tollkeeper-ascii-only',
    generateBundle(_, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type === 'chunk') part.code = part.code.replace(/[^\0-\x7f]/g, escapeOf);
      }
    },
  };
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * Has a CommonJS part require only the parts that it takes something from. The bundler's own helpers lie in one of the parts that are
 * loaded late, and without this every other part would have that one loaded first for nothing. No module of ours is there to be run alone.
 */
function lateParts(): Plugin {
  return {
    name: 'tollkeeper-late-parts',
    generateBundle(_, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type === 'chunk') part.code = part.code.replace(/^require\("\.\/[^"]+"\);$/gm, '');
      }
    },
  };
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
    plugins: format === 'cjs' ? [asciiOnly(), lateParts()] : [asciiOnly()],
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
          // Compiled code that is kept can't hold an import(); a package that is an ES module can be required since Node 20.19.
          ...(format === 'cjs' ? { dynamicImportInCjs: false } : {}),
          ...(banner === undefined ? {} : { banner }),
        },
      },
    },
  };
}
