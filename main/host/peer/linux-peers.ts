import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProcessMark } from '#shared/model/binding.ts';
import type { LoopbackConnection, PeerProcess } from '#shared/model/process.ts';
import { readLineage } from './lineage.ts';
import { maskArguments } from './mask-arguments.ts';
import { parentsOf } from './parents.ts';
import { descriptorOf, type ListedProcess, type PeerPlatform } from './peer-platform.ts';
import {
  findTcpRow,
  parseChildren,
  parseCommandLine,
  parseStat,
  parseUserId,
  type TcpRow,
  userNameOf,
} from './proc-files.ts';
import { processName } from './process-name.ts';
import { readSocketOption } from './socket-option.ts';

/** `struct ucred` begins with the pid. socket(7) and <asm-generic/socket.h>. */
const peerCredentials = { level: 1, name: 17, bytes: 12 } as const;

/** How many callers are looked at first the next time. */
const rememberedPids = 32;

/** Enough of the boot's id to tell it from another. */
const bootIdLength = 8;

/** Linux writes this behind the path of a program whose file was replaced while it ran. proc(5). */
const replacedProgram = / \(deleted\)$/;

/** A larger tree is no quicker to look through than everything. */
const mostLikely = 256;

/** Peers on Linux: SO_PEERCRED for the control socket, `/proc` for everything else. */
export function createLinuxPeers(): PeerPlatform {
  let recent: readonly number[] = [];

  return {
    async pidOfSocket(socket: Socket) {
      const descriptor = descriptorOf(socket);
      const credentials = descriptor === null ? null : readSocketOption(descriptor, peerCredentials);
      const pid = credentials?.readInt32LE(0) ?? 0;
      return pid > 0 ? pid : null;
    },
    async findCaller(connection, likely) {
      const row = await findRow(connection);
      if (!row) return 'gone';
      const holder = await findHolder(row, [...treesOf(likely), ...recent]);
      if (!holder) return 'unknown';
      recent = [holder.pid, ...recent.filter((pid) => pid !== holder.pid)].slice(0, rememberedPids);
      return holder;
    },
    describe,
    lineage: (pid) => readLineage(pid, readStat),
    // Names the program that was started, also when its file was replaced or deleted since.
    programFile: ({ pid }) => `/proc/${pid}/exe`,
  };
}

async function findRow(connection: LoopbackConnection): Promise<TcpRow | null> {
  for (const table of ['tcp', 'tcp6']) {
    const row = findTcpRow(await readFile(`/proc/net/${table}`, 'utf8').catch(() => ''), connection);
    if (row) return row;
  }
  return null;
}

/** These processes and what descends from them, as far as the kernel lists children; what it does not list is found later. */
function treesOf(roots: readonly ProcessMark[]): readonly number[] {
  const found = new Set(roots.map(({ pid }) => pid));
  for (const pid of found) {
    if (found.size > mostLikely) break;
    for (const child of childrenOf(pid)) found.add(child);
  }
  return [...found];
}

function childrenOf(pid: number): readonly number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.flatMap((thread) => parseChildren(readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')));
  } catch {
    return [];
  }
}

/** The process that has the socket open: first the likely ones, then the youngest first. */
async function findHolder(row: TcpRow, likely: readonly number[]): Promise<ProcessMark | null> {
  const target = `socket:[${row.inode}]`;
  const known = likely.find((pid) => holds(pid, target));
  if (known !== undefined) return markOf(known, target);
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  for (const pid of pids.sort((left, right) => right - left)) {
    const owner = await stat(`/proc/${pid}`).catch(() => null);
    if (owner?.uid !== row.userId) continue;
    if (holds(pid, target)) return markOf(pid, target);
    // One process takes well under a millisecond; between two, others get their turn.
    await nextTurn();
  }
  return null;
}

/** The holder with its start time, looked at once more behind it: so it is this process that holds the socket, and no earlier one of its pid. */
async function markOf(pid: number, target: string): Promise<ProcessMark | null> {
  const found = await readStat(pid);
  return found && holds(pid, target) ? { pid, startedAt: found.startedAt } : null;
}

/** Synchronous, because a thousand asynchronous calls for one process cost more than they free. */
function holds(pid: number, target: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((descriptor) => linkOf(`/proc/${pid}/fd/${descriptor}`) === target);
  } catch {
    return false;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

async function describe(pid: number): Promise<PeerProcess | null> {
  const before = await readStat(pid);
  if (!before) return null;
  const [process, folder, user] = await Promise.all([
    listed(pid),
    readlink(`/proc/${pid}/cwd`).catch(() => null),
    userOf(pid),
  ]);
  if (!process) return null;
  const parents = await parentsOf(process, listed);
  const after = await readStat(pid);
  if (after?.startedAt !== before.startedAt) return null;
  return {
    pid,
    executable: process.executable?.replace(replacedProgram, '') ?? null,
    name:
      process.executable === null && process.arguments.length === 0
        ? before.name
        : processName(process.executable, process.arguments),
    arguments: [...maskArguments(process.arguments)],
    folder,
    user,
    startedAt: before.startedAt,
    parents,
    verified: process.executable !== null,
  };
}

let bootId: string | null = null;

/**
 * Ticks count from the start of the machine, so that start is part of the name; random(4). Synchronous: the kernel makes these
 * files up in microseconds, and a dozen of them in turn would each wait for a thread.
 */
async function readStat(pid: number) {
  bootId ??= readNow('/proc/sys/kernel/random/boot_id').slice(0, bootIdLength);
  const found = parseStat(readNow(`/proc/${pid}/stat`));
  return found && { ...found, startedAt: `${found.startTicks}@${bootId}` };
}

function readNow(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

async function listed(pid: number): Promise<ListedProcess | null> {
  const [status, executable, commandLine] = await Promise.all([
    readStat(pid),
    readlink(`/proc/${pid}/exe`).catch(() => null),
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
  ]);
  if (!status) return null;
  const values = parseCommandLine(commandLine);
  return {
    pid,
    parent: status.parent,
    executable,
    arguments: values.length > 0 || executable !== null ? values : [status.name],
    startedAt: status.startedAt,
  };
}

async function userOf(pid: number): Promise<string | null> {
  const userId = parseUserId(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''));
  if (userId === null) return null;
  return userNameOf(await readFile('/etc/passwd', 'utf8').catch(() => ''), userId) ?? String(userId);
}
