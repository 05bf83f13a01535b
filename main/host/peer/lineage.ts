import type { ProcessMark } from '#shared/model/binding.ts';

/** What has to be known of one process to go up from it. */
export interface LineageStep {
  readonly parent: number;
  readonly startedAt: string;
}

/** Deeper than any tree that means well. */
const mostAncestors = 256;
const attempts = 4;

/**
 * A process and all it descends from, itself first. Parents end and pids are used again while one looks, so the chain is read
 * until two readings agree; empty when the process has ended or they never do.
 */
export async function readLineage(
  pid: number,
  read: (pid: number) => Promise<LineageStep | null>,
): Promise<readonly ProcessMark[]> {
  let before = await readOnce(pid, read);
  for (let attempt = 1; attempt < attempts; attempt += 1) {
    const after = await readOnce(pid, read);
    if (isEqual(before, after)) return after;
    before = after;
  }
  return [];
}

async function readOnce(
  pid: number,
  read: (pid: number) => Promise<LineageStep | null>,
): Promise<readonly ProcessMark[]> {
  const marks: ProcessMark[] = [];
  const seen = new Set<number>();
  let next = pid;
  while (next > 0 && !seen.has(next) && marks.length < mostAncestors) {
    seen.add(next);
    const step = await read(next);
    if (step === null) break;
    marks.push({ pid: next, startedAt: step.startedAt });
    next = step.parent;
  }
  return marks;
}

function isEqual(left: readonly ProcessMark[], right: readonly ProcessMark[]): boolean {
  return (
    left.length === right.length &&
    left.every((mark, index) => mark.pid === right[index]?.pid && mark.startedAt === right[index]?.startedAt)
  );
}
