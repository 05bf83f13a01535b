import { nodeBundle } from './node-bundle.ts';

/** The desktop app's main process. */
export default nodeBundle({ name: 'app', outDir: 'dist/main', entries: { app: 'main/app/app.ts' } });
