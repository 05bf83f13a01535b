import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

type NativeFunction = (...values: readonly unknown[]) => number;

interface NativeLibrary {
  func(declaration: string): NativeFunction;
}

/** PR_SET_CHILD_SUBREAPER of prctl(2). */
const setChildSubreaper = 36;
/** WNOHANG of waitpid(2). */
const withoutWaiting = 1;

/**
 * Has the kernel make us the parent of every process below us whose own parent ends, so that whatever a command leaves running in
 * the background still descends from us. Such processes are taken leave of when they end, all but the one that Node waits for
 * itself. Linux alone has this; false where it can't be had.
 */
export function adoptOrphans(ownChild: () => number | undefined): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as { load(path: string | null): NativeLibrary };
    const library = koffi.load(null);
    const prctl = library.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)');
    if (prctl(setChildSubreaper, 1, 0, 0, 0) !== 0) return false;
    const waitpid = library.func('int waitpid(int, void *, int)');
    process.on('SIGCHLD', () => {
      for (const pid of endedChildren()) if (pid !== ownChild()) waitpid(pid, null, withoutWaiting);
    });
    return true;
  } catch {
    return false;
  }
}

function endedChildren(): readonly number[] {
  try {
    const threads = readdirSync('/proc/self/task');
    const lists = threads.map((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8'));
    return lists.join(' ').split(' ').filter(Boolean).map(Number).filter(hasEnded);
  } catch {
    return [];
  }
}

/** The state stands behind the name, which may hold brackets. proc(5). */
function hasEnded(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return status.charAt(status.lastIndexOf(')') + 2) === 'Z';
}
