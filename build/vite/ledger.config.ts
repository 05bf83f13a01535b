import { nodeBundle } from './node-bundle.ts';

/** The worker that writes and reads the ledger off the main thread. */
export default nodeBundle({
  name: 'ledger',
  outDir: 'dist/main',
  entries: { 'ledger-worker': 'main/store/ledger/ledger-worker.ts' },
});
