import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { app, utilityProcess } from 'electron';

// Runs the built gateway in a utilityProcess and hands its messages on to the test, which is this process's parent.
app.disableHardwareAcceleration();
app.setPath('userData', mkdtempSync(path.join(os.tmpdir(), 'toll-utility-')));
app.whenReady().then(() => {
  const entry = path.resolve(import.meta.dirname, '../../../dist/main/gateway-electron.mjs');
  const child = utilityProcess.fork(entry, [], { stdio: 'inherit' });
  child.on('message', (message) => process.send?.(message));
  process.on('message', (message) => child.postMessage(message));
  child.once('exit', (code) => app.exit(code));
  process.once('disconnect', () => app.exit(0));
});
