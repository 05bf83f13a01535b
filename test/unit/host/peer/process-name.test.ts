import { expect, test } from 'vitest';
import { processName } from '#main/host/peer/process-name.ts';
import { isStarter } from '#shared/policy/is-starter.ts';

test.each([
  ['/usr/bin/node', ['node', '/usr/local/bin/claude', '-p', 'hi'], 'claude'],
  ['/usr/bin/node', ['node', '--require', './x.js', '--no-warnings', '/app/tool.mjs'], 'tool'],
  ['/usr/bin/node', ['node', '/usr/lib/node_modules/@anthropic-ai/claude-code/cli.js'], 'claude-code'],
  ['/usr/bin/node', ['node', '/work/opencode/dist/index.js'], 'opencode'],
  ['/usr/bin/node', ['node', '-e', 'secret()'], 'node'],
  ['/usr/bin/node', ['node'], 'node'],
  ['/usr/bin/python3.11', ['python3', '-m', 'aider', '--yes'], 'aider'],
  ['/usr/bin/python3.11', ['/usr/bin/python3', '/home/ada/.local/bin/aider'], 'aider'],
  ['/usr/bin/bash', ['bash', '-c', 'curl x'], 'bash'],
  ['/usr/bin/bash', ['/bin/bash', './deploy.sh'], 'deploy'],
  ['/opt/codex/bin/codex', ['codex', 'exec'], 'codex'],
  ['C:\\Program Files\\nodejs\\node.exe', ['node', 'C:\\tools\\zed.js'], 'zed'],
  ['/usr/bin/bash', ['bash', '--norc', '/dev/fd/3'], 'bash'],
  ['/opt/codex/codex (deleted)', ['codex'], 'codex'],
  [null, ['-zsh'], 'zsh'],
  [null, ['kworker'], 'kworker'],
  [null, [], 'unknown'],
])('%s %j is %s', (executable, commandLine, name) => {
  expect(processName(executable, commandLine)).toBe(name);
});

test('parents end at a terminal, an editor or the session', () => {
  expect(['konsole', 'tmux: server', 'code', 'systemd', 'WindowsTerminal', 'iTerm2'].every(isStarter)).toBe(true);
  expect(['bash', 'node', 'claude', 'codex'].some(isStarter)).toBe(false);
});
