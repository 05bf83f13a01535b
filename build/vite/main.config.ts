import { nodeBundle } from './node-bundle.ts';

/** The desktop app's main process, the headless control plane, the gateway's two entries and the ledger's worker. */
export default nodeBundle({
  outDir: 'dist/main',
  entries: {
    app: 'main/app/app.ts',
    headless: 'main/app/headless.ts',
    'gateway-node': 'main/gateway/entry-node.ts',
    'gateway-electron': 'main/gateway/entry-electron.ts',
    'ledger-worker': 'main/store/ledger/ledger-worker.ts',
  },
});
