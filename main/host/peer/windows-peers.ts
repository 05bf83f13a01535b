import { z } from 'zod';
import type { ProcessMark } from '#shared/model/binding.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import { maskArguments } from './mask-arguments.ts';
import { parentsOf } from './parents.ts';
import type { ListedProcess, PeerPlatform } from './peer-platform.ts';
import { processName } from './process-name.ts';
import { type RunTool, runTool } from './run-tool.ts';

const processSchema = lazily(() =>
  z.object({
    ProcessId: z.number().int(),
    ParentProcessId: z.number().int(),
    ExecutablePath: z.string().nullable(),
    CommandLine: z.string().nullable(),
    Name: z.string(),
    Started: z.string().nullable(),
  }),
);

/** One process as the Common Information Model tells it. */
export type WindowsProcess = ListedProcess;

const listProcesses =
  'Get-CimInstance Win32_Process | ForEach-Object { [pscustomobject]@{ ProcessId = $_.ProcessId; ParentProcessId = $_.ParentProcessId; ' +
  'ExecutablePath = $_.ExecutablePath; CommandLine = $_.CommandLine; Name = $_.Name; ' +
  'Started = if ($_.CreationDate) { $_.CreationDate.ToUniversalTime().ToString("o") } else { $null } } } | ConvertTo-Json -Compress';

/**
 * Peers on Windows through PowerShell's own commands. Of a named pipe Node gives no handle that could be asked who is on the
 * other end, so a caller of the control channel is not told; the pipe lets in its owner alone.
 */
export function createWindowsPeers(run: RunTool = runTool): PeerPlatform {
  const powershell = (script: string) => run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script]);

  async function list(): Promise<ReadonlyMap<number, WindowsProcess>> {
    return parseProcesses(await powershell(listProcesses));
  }

  async function describe(pid: number): Promise<PeerProcess | null> {
    const processes = await list();
    const found = processes.get(pid);
    if (!found) return null;
    // A pid is used again after its process has ended, so a parent must be older than its child.
    const olderThan = (child: WindowsProcess) => async (parent: number) => {
      const candidate = processes.get(parent);
      return candidate && (candidate.startedAt ?? '') <= (child.startedAt ?? '') ? candidate : null;
    };
    return {
      pid,
      executable: found.executable,
      name: processName(found.executable, found.arguments),
      arguments: [...maskArguments(found.arguments)],
      folder: null,
      user: null,
      startedAt: found.startedAt,
      parents: await parentsOf(found, olderThan(found)),
      verified: found.executable !== null,
    };
  }

  return {
    pidOfSocket: async () => null,
    async findCaller({ callerPort, localPort }) {
      const output = await powershell(
        `(Get-NetTCPConnection -State Established -LocalPort ${callerPort} -RemotePort ${localPort}).OwningProcess`,
      );
      const pid = Number.parseInt(output.trim(), 10);
      const startedAt = pid > 0 ? (await list()).get(pid)?.startedAt : null;
      return startedAt ? { pid, startedAt } : 'unknown';
    },
    describe,
    async lineage(pid) {
      return lineageOf(await list(), pid);
    },
    programFile: ({ executable }) => executable,
  };
}

/**
 * A process and all it descends from. Windows keeps the pid of a parent that has ended and may give it to another, which is then
 * younger than the child: the line ends there.
 */
export function lineageOf(processes: ReadonlyMap<number, WindowsProcess>, pid: number): readonly ProcessMark[] {
  const marks: ProcessMark[] = [];
  let child: WindowsProcess | undefined = processes.get(pid);
  while (child?.startedAt && !marks.some((mark) => mark.pid === child?.pid)) {
    const { startedAt } = child;
    marks.push({ pid: child.pid, startedAt });
    const parent: WindowsProcess | undefined = processes.get(child.parent);
    child = parent?.startedAt && parent.startedAt <= startedAt ? parent : undefined;
  }
  return marks;
}

/** Reads the listing, by pid. */
export function parseProcesses(output: string): ReadonlyMap<number, WindowsProcess> {
  const parsed: unknown = JSON.parse(output);
  const rows = z.array(processSchema).parse(Array.isArray(parsed) ? parsed : [parsed]);
  return new Map(
    rows.map((row) => [
      row.ProcessId,
      {
        pid: row.ProcessId,
        parent: row.ParentProcessId,
        executable: row.ExecutablePath,
        arguments: row.CommandLine === null ? [row.Name] : splitCommandLine(row.CommandLine),
        startedAt: row.Started,
      },
    ]),
  );
}

/** Takes a command line apart as the C runtime does, but for doubled quotation marks. */
export function splitCommandLine(text: string): readonly string[] {
  const found = text.match(/(?:[^\s"]|"(?:\\.|[^"\\])*")+/g) ?? [];
  return found.map((word) => word.replace(/"((?:\\"|[^"])*)"/g, '$1').replaceAll('\\"', '"'));
}
