import { rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * electron-builder's hook after an app was laid out: takes the development runtime's default app out again, so that the packaged
 * Electron has no other app to load than ours.
 * @param {{ appOutDir: string, electronPlatformName: string, packager: { appInfo: { productFilename: string } } }} context
 */
export async function afterPack({ appOutDir, electronPlatformName, packager }) {
  const resources =
    electronPlatformName === 'darwin'
      ? path.join(appOutDir, `${packager.appInfo.productFilename}.app/Contents/Resources`)
      : path.join(appOutDir, 'resources');
  await rm(path.join(resources, 'default_app.asar'), { force: true });
}
