import { nodeBundle } from './node-bundle.ts';

/** The control plane and gateway supervisor of `toll serve`, in the form for which compiled code can be kept. */
export default nodeBundle({
  name: 'headless',
  outDir: 'dist/main',
  entries: { headless: 'main/app/headless.ts' },
  format: 'cjs',
  extension: 'cjs',
});
