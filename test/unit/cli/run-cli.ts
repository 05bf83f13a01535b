import { EventEmitter } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { Cli } from '#main/cli/cli.ts';
import { runToll } from '#main/cli/run-toll.ts';
import { homePaths } from '#shared/contract/home.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

/** The moment at which every test of the CLI plays. */
export const testNow = Date.parse('2026-11-22T12:00:00.000Z');

/** What one run of `toll` left behind. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test changes about the world around `toll`. */
export interface CliWorld {
  readonly environment?: Readonly<Record<string, string>>;
  /** Text piped into stdin; null for a terminal on which `typed` is typed. */
  readonly stdin?: string;
  readonly typed?: string;
  /** Called with what is written to stderr; what it returns is typed on a terminal then. */
  readonly answer?: (text: string) => string | undefined;
  readonly workingFolder?: string;
  readonly signals?: EventEmitter;
  readonly onStderr?: (text: string) => void;
  readonly onStdout?: (text: string) => void;
  readonly terminalOutput?: boolean;
  readonly hasTerminal?: boolean;
}

/** A home of its own for one test and the way to run `toll` in it. */
export interface TestHome {
  readonly folder: string;
  readonly surroundings: Pick<Cli, 'environment' | 'platform' | 'homeDirectory' | 'userName'>;
  readonly paths: ReturnType<typeof homePaths>;
  /** Runs one command line in this process; never rejects. */
  toll(argv: readonly string[], world?: CliWorld): Promise<CliResult>;
}

/** Makes a fresh user with an empty home folder. */
export function testHome(): TestHome {
  const folder = temporaryFolder();
  const surroundings = {
    environment: { TOLLKEEPER_HOME: `${folder}/tollkeeper`, PATH: process.env.PATH ?? '' },
    platform: process.platform,
    homeDirectory: folder,
    userName: 'tester',
  };
  return {
    folder,
    surroundings,
    paths: homePaths(surroundings),
    async toll(argv, world = {}) {
      let stdout = '';
      let stderr = '';
      const stdin = inlet(world);
      const code = await runToll(argv, {
        ...surroundings,
        environment: { ...surroundings.environment, ...world.environment },
        workingFolder: world.workingFolder ?? folder,
        stdin,
        stdout: outlet((text) => {
          stdout += text;
          world.onStdout?.(text);
        }, world),
        stderr: outlet((text) => {
          stderr += text;
          world.onStderr?.(text);
          const typed = world.answer?.(text);
          if (typed !== undefined && stdin instanceof PassThrough) stdin.write(typed);
        }, world),
        signals: world.signals ?? new EventEmitter(),
        adoptOrphans: () => false,
        hasTerminal: () => world.hasTerminal ?? true,
        now: () => testNow,
        version: '9.9.9',
        ownCommand: ['/usr/bin/node', '/opt/toll folder/toll.mjs'],
      });
      return { code, stdout, stderr };
    },
  };
}

function outlet(write: (text: string) => void, world: CliWorld): Writable {
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      write(chunk.toString());
      done();
    },
  });
  return Object.assign(stream, { isTTY: world.terminalOutput === true });
}

function inlet(world: CliWorld): Readable {
  if (world.typed === undefined && world.answer === undefined)
    return Readable.from(world.stdin === undefined ? [] : [Buffer.from(world.stdin)]);
  const terminal = new PassThrough();
  if (world.typed !== undefined) terminal.write(world.typed);
  return Object.assign(terminal, { isTTY: true, setRawMode: () => terminal });
}
