import { nodeBundle } from './node-bundle.ts';

/** What `toll serve` loads, and which loads the bundle `headless` with its compiled code. */
export default nodeBundle({
  name: 'launch',
  outDir: 'dist/main',
  entries: { headless: 'main/app/launch-headless.ts' },
});
