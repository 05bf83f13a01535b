import { nodeBundle } from './node-bundle.ts';

/** The preload script: one CommonJS file, since a sandboxed preload can load nothing else. */
export default nodeBundle({
  name: 'preload',
  outDir: 'dist/preload',
  entries: { preload: 'main/preload/preload.ts' },
  format: 'cjs',
  extension: 'cjs',
});
