import type { PeerProcess } from '#shared/model/process.ts';
import type { PeerIdentifier } from '../control-options.ts';

/** Adds what the program contains, so that a replaced one is not taken for the one that was allowed before. */
export async function withProgramHash(
  process: PeerProcess | null,
  peers: Pick<PeerIdentifier, 'hashProgram'>,
): Promise<PeerProcess | null> {
  return process === null ? null : { ...process, executableHash: await peers.hashProgram(process) };
}
