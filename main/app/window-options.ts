import { join } from 'node:path';
import type { WebPreferences } from 'electron';

/** Where the bundles are and whether this is a packaged build. */
export interface WindowEnvironment {
  /** Absolute path of `dist`. */
  readonly distFolder: string;
  readonly packaged: boolean;
  /** Origin the pages are loaded from. */
  readonly origin: string;
}

/** What every window of ours is opened with: sandboxed, isolated, one narrow preload. */
export function windowPreferences({ distFolder, packaged }: WindowEnvironment): WebPreferences {
  return {
    preload: join(distFolder, 'preload', 'preload.cjs'),
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webviewTag: false,
    spellcheck: false,
    devTools: !packaged,
    backgroundThrottling: false,
  };
}

/** Grounds of the two themes, painted before the page is there. */
export const windowGround = { light: '#f6f7f8', dark: '#0f1317' } as const;
