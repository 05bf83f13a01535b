import { mkdtempSync } from 'node:fs';
import { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { app, utilityProcess } from 'electron';

// Runs the built gateway in a utilityProcess and hands its messages on to the test, which is this process's parent.
app.disableHardwareAcceleration();
app.setPath('userData', mkdtempSync(path.join(os.tmpdir(), 'toll-utility-')));
app.whenReady().then(() => {
  const entry = path.resolve(import.meta.dirname, '../../../dist/main/gateway-electron.mjs');
  const child = utilityProcess.fork(entry, [], { stdio: 'inherit' });
  const facts = new Socket({ fd: 4, readable: false, writable: true });
  child.on('message', (message) => {
    if (message instanceof Uint8Array) facts.write(message);
    else process.send?.(message);
  });
  process.on('message', (message) => child.postMessage(message));
  child.once('exit', (code) => app.exit(code));
  process.once('disconnect', () => app.exit(0));
});
