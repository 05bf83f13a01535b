import { nodeBundle } from './node-bundle.ts';

/** `toll`, runnable from a checkout and from an installed package. */
export default nodeBundle({
  name: 'cli',
  outDir: 'dist/cli',
  entries: { toll: 'main/cli/toll.ts' },
  banner: '#!/usr/bin/env node',
});
