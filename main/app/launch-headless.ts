import { fileURLToPath } from 'node:url';
import { codeCacheOf, codeCachePath, loadBundle, type OnCompiled } from '#main/host/load-bundle.ts';
import type { serve as serveHeadless } from './headless.ts';

export { codeCacheOf, codeCachePath };

/** Loads the bundle of `headless.ts`, which lies beside this file's. */
export function loadHeadless(onCompiled?: OnCompiled): { readonly serve: typeof serveHeadless } {
  const bundle = fileURLToPath(new URL('headless.cjs', import.meta.url));
  return loadBundle(bundle, onCompiled) as { readonly serve: typeof serveHeadless };
}

/** See `serve` in `headless.ts`. */
export const serve: typeof serveHeadless = (options) => loadHeadless().serve(options);
