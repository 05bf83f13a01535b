import type { PeerProcess } from '#shared/model/process.ts';
import { isStarter } from '#shared/policy/is-starter.ts';
import type { ListedProcess } from './peer-platform.ts';
import { processName } from './process-name.ts';

const mostParents = 16;

/** Walks up from a process to the terminal or app that started it, the nearest parent first. */
export async function parentsOf(
  child: ListedProcess,
  find: (pid: number) => Promise<ListedProcess | null>,
): Promise<PeerProcess['parents']> {
  const parents: PeerProcess['parents'] = [];
  const seen = new Set([child.pid]);
  let next = child.parent;
  while (next > 0 && !seen.has(next) && parents.length < mostParents) {
    seen.add(next);
    const parent = await find(next);
    if (!parent) break;
    const name = processName(parent.executable, parent.arguments);
    parents.push({ pid: parent.pid, executable: parent.executable, name, startedAt: parent.startedAt });
    if (isStarter(name)) break;
    next = parent.parent;
  }
  return parents;
}
