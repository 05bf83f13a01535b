import type { Socket } from 'node:net';
import type { LoopbackConnection, PeerProcess } from '#shared/model/process.ts';
import { createLinuxPeers } from './linux-peers.ts';
import { createMacPeers } from './mac-peers.ts';
import type { PeerPlatform } from './peer-platform.ts';
import { createWindowsPeers } from './windows-peers.ts';

/** Tells which process is on the other end, by asking the operating system. Never rejects: null when it can't tell. */
export interface PeerIdentification {
  ofSocket(socket: Socket): Promise<PeerProcess | null>;
  ofConnection(connection: LoopbackConnection): Promise<PeerProcess | null>;
}

const platforms: Readonly<Partial<Record<NodeJS.Platform, () => PeerPlatform>>> = {
  linux: createLinuxPeers,
  darwin: createMacPeers,
  win32: createWindowsPeers,
};

/** The identifier of this platform, or of the one that a test names. */
export function createPeerIdentifier(
  peers: PeerPlatform | undefined = platforms[process.platform]?.(),
): PeerIdentification {
  async function identify(findPid: (platform: PeerPlatform) => Promise<number | null>): Promise<PeerProcess | null> {
    if (!peers) return null;
    try {
      const pid = await findPid(peers);
      return pid === null ? null : await peers.describe(pid);
    } catch {
      // The process may end at any moment, and then there is nobody to tell about.
      return null;
    }
  }

  return {
    ofSocket: (socket) => identify((platform) => platform.pidOfSocket(socket)),
    ofConnection: (connection) => identify((platform) => platform.pidOfConnection(connection)),
  };
}
