import type { PeerIdentifier } from '#main/control/control-options.ts';

/** A system that tells nothing of its processes, but for what the test names. */
export function fakePeers(changes: Partial<PeerIdentifier> = {}): PeerIdentifier {
  return {
    ofSocket: async () => null,
    ofConnection: async () => null,
    findCaller: async () => ({ state: 'unknown' }),
    describe: async () => null,
    hashProgram: async () => null,
    hashFile: async () => null,
    ...changes,
  };
}
