import { createInterface } from 'node:readline/promises';
import type { Cli } from './cli.ts';

/** Asks a yes-or-no question on the terminal; anything but y or yes is no. */
export async function confirm(cli: Cli, question: string): Promise<boolean> {
  const terminal = createInterface({ input: cli.stdin, output: cli.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
