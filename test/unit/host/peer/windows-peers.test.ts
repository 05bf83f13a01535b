import { describe, expect, test } from 'vitest';
import type { RunTool } from '#main/host/peer/run-tool.ts';
import { createWindowsPeers, splitCommandLine } from '#main/host/peer/windows-peers.ts';

/** In the form that ConvertTo-Json documents. */
const listing = JSON.stringify([
  { ProcessId: 4, ParentProcessId: 0, ExecutablePath: null, CommandLine: null, Name: 'System', Started: null },
  {
    ProcessId: 300,
    ParentProcessId: 4,
    ExecutablePath: 'C:\\Program Files\\WindowsApps\\WindowsTerminal.exe',
    CommandLine: '"C:\\Program Files\\WindowsApps\\WindowsTerminal.exe"',
    Name: 'WindowsTerminal.exe',
    Started: '2026-11-22T08:00:00.0000000Z',
  },
  {
    ProcessId: 501,
    ParentProcessId: 300,
    ExecutablePath: 'C:\\Program Files\\nodejs\\node.exe',
    CommandLine: '"C:\\Program Files\\nodejs\\node.exe" "C:\\Users\\Ada L\\claude.js" --token hunter2',
    Name: 'node.exe',
    Started: '2026-11-22T09:00:00.0000000Z',
  },
  {
    ProcessId: 700,
    ParentProcessId: 501,
    ExecutablePath: 'C:\\tools\\old.exe',
    CommandLine: 'old.exe',
    Name: 'old.exe',
    Started: '2026-11-22T07:00:00.0000000Z',
  },
]);

const run: RunTool = async (_file, values) => (values.at(-1)?.includes('Get-NetTCPConnection') ? '501\r\n' : listing);

describe('peers on Windows', () => {
  test('are put together from one listing', async () => {
    const peers = createWindowsPeers(run);
    const connection = { callerAddress: '127.0.0.1', callerPort: 50_000, localPort: 8_377 };
    expect(await peers.findCaller(connection, [])).toEqual({
      pid: 501,
      startedAt: '2026-11-22T09:00:00.0000000Z',
    });
    expect(await peers.describe(501)).toMatchObject({
      pid: 501,
      name: 'claude',
      arguments: ['C:\\Program Files\\nodejs\\node.exe', 'C:\\Users\\Ada L\\claude.js', '--token', '…'],
      startedAt: '2026-11-22T09:00:00.0000000Z',
      parents: [{ pid: 300, name: 'WindowsTerminal' }],
      verified: true,
    });
    expect(await peers.describe(999)).toBeNull();
  });

  test('a younger process with the parent’s pid is not the parent', async () => {
    expect(await createWindowsPeers(run).describe(700)).toMatchObject({ name: 'old', parents: [] });
  });

  test('the line of ancestors ends where a pid was used again', async () => {
    const peers = createWindowsPeers(run);
    expect(await peers.lineage(501)).toEqual([
      { pid: 501, startedAt: '2026-11-22T09:00:00.0000000Z' },
      { pid: 300, startedAt: '2026-11-22T08:00:00.0000000Z' },
    ]);
    expect(await peers.lineage(700)).toEqual([{ pid: 700, startedAt: '2026-11-22T07:00:00.0000000Z' }]);
  });

  test('no connection is nobody', async () => {
    const nobody = createWindowsPeers(async () => '\r\n');
    const connection = { callerAddress: '127.0.0.1', callerPort: 1, localPort: 2 };
    expect(await nobody.findCaller(connection, [])).toBe('unknown');
  });

  test('command lines come apart at blanks outside quotation marks', () => {
    expect(splitCommandLine('a.exe "b c" --x="d e" "say \\"hi\\""')).toEqual(['a.exe', 'b c', '--x=d e', 'say "hi"']);
    expect(splitCommandLine('')).toEqual([]);
  });
});
