import { describe, expect, test } from 'vitest';
import { createMacPeers, parseLsofCaller, parseLsofFolder, parsePs } from '#main/host/peer/mac-peers.ts';
import type { RunTool } from '#main/host/peer/run-tool.ts';

/** In the form that ps(1) and lsof(8) of macOS document. */
const facts: Readonly<Record<string, string>> = {
  '501': '  501   400 Sun Nov 22 09:00:01 2026     ada              /opt/homebrew/bin/node\n',
  '400': '  400   300 Sun Nov 22 08:59:00 2026     ada              -zsh\n',
  '300': '  300     1 Sun Nov 22 08:00:00 2026     ada              /Applications/iTerm.app/Contents/MacOS/iTerm2\n',
};
const commandLines: Readonly<Record<string, string>> = {
  '501': '/opt/homebrew/bin/node /opt/homebrew/bin/claude --api-key hunter2\n',
  '400': '-zsh\n',
  '300': '/Applications/iTerm.app/Contents/MacOS/iTerm2\n',
};
const connections = 'p77\nn127.0.0.1:8377->127.0.0.1:50000\np501\nn127.0.0.1:50000->127.0.0.1:8377\n';

/** As `ps -axo pid=,ppid=,lstart=` prints it. */
const everything = `    1     0 Sun Nov 22 07:00:00 2026    \n  300     1 Sun Nov 22 08:00:00 2026    \n  400   300 Sun Nov 22 08:59:00 2026    \n  501   400 Sun Nov  2 09:00:01 2026    \n`;

const run: RunTool = async (file, values) => {
  if (values[0] === '-axo') return everything;
  if (file === '/usr/sbin/lsof') return values.includes('cwd') ? 'p501\nfcwd\nn/Users/ada/work\n' : connections;
  const pid = values.at(-1) ?? '';
  return (values.includes('args=') ? commandLines : facts)[pid] ?? '';
};

describe('peers on macOS', () => {
  test('are put together from ps and lsof', async () => {
    const peers = createMacPeers(run);
    const connection = { callerAddress: '127.0.0.1', callerPort: 50_000, localPort: 8_377 };
    expect(await peers.findCaller(connection, [])).toEqual({
      pid: 501,
      startedAt: 'Sun Nov 2 09:00:01 2026',
    });
    expect(await peers.findCaller({ ...connection, callerPort: 1 }, [])).toBe('unknown');
    expect(await peers.describe(501)).toEqual({
      pid: 501,
      executable: '/opt/homebrew/bin/node',
      name: 'claude',
      arguments: ['/opt/homebrew/bin/node', '/opt/homebrew/bin/claude', '--api-key', '…'],
      folder: '/Users/ada/work',
      user: 'ada',
      startedAt: 'Sun Nov 22 09:00:01 2026',
      parents: [
        { pid: 400, executable: null, name: 'zsh', startedAt: 'Sun Nov 22 08:59:00 2026' },
        {
          pid: 300,
          executable: '/Applications/iTerm.app/Contents/MacOS/iTerm2',
          name: 'iTerm2',
          startedAt: 'Sun Nov 22 08:00:00 2026',
        },
      ],
      verified: true,
    });
    expect(await peers.describe(999)).toBeNull();
  });

  test('the line of ancestors goes up to launchd', async () => {
    expect(await createMacPeers(run).lineage(501)).toEqual([
      { pid: 501, startedAt: 'Sun Nov 2 09:00:01 2026' },
      { pid: 400, startedAt: 'Sun Nov 22 08:59:00 2026' },
      { pid: 300, startedAt: 'Sun Nov 22 08:00:00 2026' },
      { pid: 1, startedAt: 'Sun Nov 22 07:00:00 2026' },
    ]);
    expect(await createMacPeers(run).lineage(999)).toEqual([]);
  });

  test('a program whose path has a blank keeps it', () => {
    const path = '/Applications/Visual Studio Code.app/Contents/MacOS/Electron';
    expect(parsePs(`  9 1 Sun Nov  2 09:00:01 2026 ada ${path}\n`, `${path} --type=renderer\n`)).toMatchObject({
      executable: path,
      arguments: [path, '--type=renderer'],
      startedAt: 'Sun Nov 2 09:00:01 2026',
    });
    expect(parsePs('', '')).toBeNull();
  });

  test('our own end of the connection is not the caller', () => {
    expect(parseLsofCaller(connections, { callerPort: 50_000, localPort: 8_377 })).toBe(501);
    expect(parseLsofCaller('p77\nn[::1]:8377->[::1]:50000\n', { callerPort: 50_000, localPort: 8_377 })).toBeNull();
    expect(parseLsofFolder('')).toBeNull();
  });
});
