import type { Socket } from 'node:net';
import type { ProcessMark } from '#shared/model/binding.ts';
import type { CallerSearch, LoopbackConnection, PeerProcess } from '#shared/model/process.ts';
import { createHashFile, type HashFile } from './hash-file.ts';
import { createLinuxPeers } from './linux-peers.ts';
import { createMacPeers } from './mac-peers.ts';
import type { PeerPlatform } from './peer-platform.ts';
import { createWindowsPeers } from './windows-peers.ts';

/** A process whose program is to be read. */
export type RunningProgram = Pick<PeerProcess, 'pid' | 'executable' | 'startedAt'>;

/** Tells which process is on the other end, by asking the operating system. Never rejects: null or `unknown` when it can't tell. */
export interface PeerIdentification {
  ofSocket(socket: Socket): Promise<PeerProcess | null>;
  ofConnection(connection: LoopbackConnection): Promise<PeerProcess | null>;
  findCaller(connection: LoopbackConnection, likely: readonly ProcessMark[]): Promise<CallerSearch>;
  describe(process: ProcessMark): Promise<PeerProcess | null>;
  hashProgram(process: RunningProgram): Promise<string | null>;
  hashFile(path: string): Promise<string | null>;
}

const platforms: Readonly<Partial<Record<NodeJS.Platform, () => PeerPlatform>>> = {
  linux: createLinuxPeers,
  darwin: createMacPeers,
  win32: createWindowsPeers,
};

/** The identifier of this platform, or of the one that a test names. */
export function createPeerIdentifier(
  peers: PeerPlatform | undefined = platforms[process.platform]?.(),
  hashFile: HashFile = createHashFile(),
): PeerIdentification {
  async function ask<T>(otherwise: T, question: (platform: PeerPlatform) => Promise<T>): Promise<T> {
    if (!peers) return otherwise;
    try {
      return await question(peers);
    } catch {
      // The process may end at any moment, and then there is nobody to tell about.
      return otherwise;
    }
  }

  return {
    ofSocket: (socket) =>
      ask(null, async (platform) => {
        const pid = await platform.pidOfSocket(socket);
        return pid === null ? null : platform.describe(pid);
      }),
    ofConnection: (connection) =>
      ask(null, async (platform) => {
        const found = await platform.findCaller(connection, []);
        return typeof found === 'string' ? null : describe(platform, found);
      }),
    findCaller: (connection, likely) =>
      ask<CallerSearch>({ state: 'unknown' }, async (platform) => {
        const found = await platform.findCaller(connection, likely);
        if (typeof found === 'string') return { state: found };
        const lineage = await platform.lineage(found.pid);
        return lineage[0]?.startedAt === found.startedAt ? { state: 'found', lineage } : { state: 'gone' };
      }),
    describe: (mark) => ask(null, (platform) => describe(platform, mark)),
    hashProgram: (described) =>
      ask(null, async (platform) => {
        const path = platform.programFile(described);
        const hash = path === null ? null : await hashFile(path);
        const [after] = await platform.lineage(described.pid);
        return after?.startedAt === described.startedAt ? hash : null;
      }),
    hashFile,
  };
}

async function describe(platform: PeerPlatform, mark: ProcessMark): Promise<PeerProcess | null> {
  const described = await platform.describe(mark.pid);
  return described?.startedAt === mark.startedAt ? described : null;
}
