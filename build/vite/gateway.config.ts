import { nodeBundle } from './node-bundle.ts';

/** The gateway's two ways in: as a child of plain Node and as Electron's utility process. */
export default nodeBundle({
  name: 'gateway',
  outDir: 'dist/main',
  entries: { 'gateway-node': 'main/gateway/entry-node.ts', 'gateway-electron': 'main/gateway/entry-electron.ts' },
});
