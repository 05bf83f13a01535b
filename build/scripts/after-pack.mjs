import { rm } from 'node:fs/promises';
import path from 'node:path';
import { layOutTollFolder } from './lib/toll-folder.mjs';

/**
 * electron-builder's hook after an app was laid out, before it is signed: takes the development runtime's default app out again,
 * so that the packaged Electron has no other app to load than ours, and puts toll beside it.
 * @param {{ appOutDir: string, electronPlatformName: string, packager: { appInfo: { productFilename: string } } }} context
 */
export async function afterPack({ appOutDir, electronPlatformName, packager }) {
  const resources =
    electronPlatformName === 'darwin'
      ? path.join(appOutDir, `${packager.appInfo.productFilename}.app/Contents/Resources`)
      : path.join(appOutDir, 'resources');
  await rm(path.join(resources, 'default_app.asar'), { force: true });
  layOutTollFolder(path.join(resources, 'toll'));
}
