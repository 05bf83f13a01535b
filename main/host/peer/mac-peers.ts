import type { PeerProcess } from '#shared/model/process.ts';
import { type LineageStep, readLineage } from './lineage.ts';
import { maskArguments } from './mask-arguments.ts';
import { parentsOf } from './parents.ts';
import { descriptorOf, type ListedProcess, type PeerPlatform } from './peer-platform.ts';
import { processName } from './process-name.ts';
import { type RunTool, runTool } from './run-tool.ts';
import { readSocketOption } from './socket-option.ts';

/** `LOCAL_PEERPID` of `SOL_LOCAL`. macOS <sys/un.h>. */
const peerPid = { level: 0, name: 2, bytes: 4 } as const;

/** One process as `ps` tells it. */
export interface MacProcess extends ListedProcess {
  readonly user: string;
  /** Local time in words, to the second. */
  readonly startedAt: string;
}

/** Peers on macOS: LOCAL_PEERPID for the control socket, `lsof` and `ps` for everything else. */
export function createMacPeers(run: RunTool = runTool): PeerPlatform {
  async function list(pid: number): Promise<MacProcess | null> {
    const [facts, commandLine] = await Promise.all([
      run('/bin/ps', ['-o', 'pid=,ppid=,lstart=,user=,comm=', '-p', String(pid)]),
      run('/bin/ps', ['-o', 'args=', '-ww', '-p', String(pid)]),
    ]);
    return parsePs(facts, commandLine);
  }

  async function listSteps(): Promise<ReadonlyMap<number, LineageStep>> {
    return parsePsSteps(await run('/bin/ps', ['-axo', 'pid=,ppid=,lstart=']));
  }

  async function describe(pid: number): Promise<PeerProcess | null> {
    const before = await list(pid);
    if (!before) return null;
    const folder = parseLsofFolder(
      await run('/usr/sbin/lsof', ['-a', '-p', String(pid), '-d', 'cwd', '-Fn']).catch(() => ''),
    );
    const parents = await parentsOf(before, (parent) => list(parent).catch(() => null));
    const after = await list(pid);
    if (after?.startedAt !== before.startedAt) return null;
    return {
      pid,
      executable: before.executable,
      name: processName(before.executable, before.arguments),
      arguments: [...maskArguments(before.arguments)],
      folder,
      user: before.user,
      startedAt: before.startedAt,
      parents,
      verified: before.executable !== null,
    };
  }

  return {
    async pidOfSocket(socket) {
      const descriptor = descriptorOf(socket);
      const value = descriptor === null ? null : readSocketOption(descriptor, peerPid);
      const pid = value?.readInt32LE(0) ?? 0;
      return pid > 0 ? pid : null;
    },
    async findCaller({ callerPort, localPort }) {
      const output = await run('/usr/sbin/lsof', ['-nP', `-iTCP:${callerPort}`, '-sTCP:ESTABLISHED', '-Fpn']);
      const pid = parseLsofCaller(output, { callerPort, localPort });
      const step = pid === null ? undefined : (await listSteps()).get(pid);
      return pid === null || !step ? 'unknown' : { pid, startedAt: step.startedAt };
    },
    describe,
    async lineage(pid) {
      // One listing is one moment: the kernel gives orphans their new parent before it lets a pid be used again.
      const steps = await listSteps();
      return readLineage(pid, async (each) => steps.get(each) ?? null);
    },
    programFile: ({ executable }) => executable,
  };
}

/** Reads `ps -o pid=,ppid=,lstart=,user=,comm=` and `ps -o args=` of one process; null when it has ended. */
export function parsePs(facts: string, commandLine: string): MacProcess | null {
  const found = /^\s*(\d+)\s+(\d+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s+(\S+)\s+(.+?)\s*$/m.exec(facts);
  if (!found) return null;
  const [, pid, parent, startedAt = '', user = '', command = ''] = found;
  return {
    pid: Number(pid),
    parent: Number(parent),
    executable: command.startsWith('/') ? command : null,
    // `ps` joins arguments with blanks, so one that holds a blank comes apart; a person reads them all the same.
    arguments: commandArguments(commandLine.trim(), command),
    user,
    startedAt: startedAt.replace(/\s+/g, ' '),
  };
}

/** Reads `ps -o pid=,ppid=,lstart=` of many processes, by pid. */
export function parsePsSteps(output: string): ReadonlyMap<number, LineageStep> {
  const steps = new Map<number, LineageStep>();
  for (const line of output.split('\n')) {
    const found = /^\s*(\d+)\s+(\d+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s*$/.exec(line);
    if (!found) continue;
    const [, pid, parent, startedAt = ''] = found;
    steps.set(Number(pid), { parent: Number(parent), startedAt: startedAt.replace(/\s+/g, ' ') });
  }
  return steps;
}

function commandArguments(commandLine: string, command: string): readonly string[] {
  if (commandLine.startsWith(command)) return [command, ...words(commandLine.slice(command.length))];
  return words(commandLine);
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** The pid in `lsof -Fpn` whose own end is the caller's: `n` lines read `LOCAL->REMOTE`. */
export function parseLsofCaller(
  output: string,
  ports: { readonly callerPort: number; readonly localPort: number },
): number | null {
  let pid: number | null = null;
  for (const line of output.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1));
    const [local = '', remote = ''] = line.slice(1).split('->');
    if (line.startsWith('n') && local.endsWith(`:${ports.callerPort}`) && remote.endsWith(`:${ports.localPort}`))
      return pid;
  }
  return null;
}

/** The folder in `lsof -d cwd -Fn`; null when there is none. */
export function parseLsofFolder(output: string): string | null {
  const line = output.split('\n').find((entry) => entry.startsWith('n/'));
  return line === undefined ? null : line.slice(1);
}
