import type { Socket } from 'node:net';
import type { LoopbackConnection, PeerProcess } from '#shared/model/process.ts';

/** Tells which process is on the other end, by asking the operating system. Never rejects: null when it can't tell. */
export interface PeerIdentification {
  ofSocket(socket: Socket): Promise<PeerProcess | null>;
  ofConnection(connection: LoopbackConnection): Promise<PeerProcess | null>;
}

/** The identifier of this platform. */
export function createPeerIdentifier(): PeerIdentification {
  return { ofSocket: async () => null, ofConnection: async () => null };
}
