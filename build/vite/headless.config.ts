import { nodeBundle } from './node-bundle.ts';

/** The control plane and gateway supervisor that `toll serve` loads. */
export default nodeBundle({ name: 'headless', outDir: 'dist/main', entries: { headless: 'main/app/headless.ts' } });
