import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Cli } from '#main/cli/cli.ts';
import { commandFamilies } from '#main/cli/command-families.ts';
import { createProgram, createProgramFor } from '#main/cli/program.ts';

const quiet = Object.assign(new PassThrough(), { isTTY: false });
const cli: Cli = {
  ...{ environment: {}, platform: 'linux', homeDirectory: '/home/you', userName: 'you', workingFolder: '/home/you' },
  ...{ stdin: quiet, stdout: quiet, stderr: quiet, signals: process, adoptOrphans: () => false, now: () => 0 },
  ...{ version: '', ownCommand: [], hasTerminal: () => true, json: false },
};
const ignore = () => undefined;

async function namesFor(argv: readonly string[]): Promise<readonly string[]> {
  const program = await createProgramFor(argv, cli, ignore);
  return program.commands.map((command) => command.name());
}

test('each family adds the commands that it names, and the whole program has them in that order', async () => {
  for (const { names } of commandFamilies) expect(await namesFor([names[0] ?? ''])).toEqual(names);
  const whole = await createProgram(cli, ignore);
  expect(whole.commands.map((command) => command.name())).toEqual(commandFamilies.flatMap(({ names }) => names));
});

test.each([
  [['serve', '--vault', 'memory'], ['serve']],
  [['--json', 'serve'], ['serve']],
  [['run', '--', 'serve'], ['run']],
  [
    ['deny', 'serve'],
    ['requests', 'approve', 'deny', 'listen'],
  ],
])('%j loads %j alone', async (argv, names) => expect(await namesFor(argv)).toEqual(names));

test.each([[[]], [['help', 'serve']], [['--help']], [['servr']], [['--version']]])(
  '%j loads everything',
  async (argv) => expect((await namesFor(argv)).length).toBe(commandFamilies.flatMap(({ names }) => names).length),
);
