import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A home folder that lives as long as the demonstration, so that the real one is never touched. */
export interface DemoHome {
  /** Absolute path, mode 0700. */
  readonly home: string;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

/** Makes a fresh home in the system's folder for temporary files. */
export async function createDemoHome(): Promise<DemoHome> {
  const home = await mkdtemp(join(tmpdir(), 'tollkeeper-demo-'));
  return { home, remove: () => rm(home, { recursive: true, force: true }) };
}
