import type { PeerProcess } from '../model/process.ts';
import { isStarter } from './is-starter.ts';
import { firstBeyondShells, plainProgramName } from './same-program.ts';

type Parent = PeerProcess['parents'][number];

/** On whose behalf a process asks. */
export type AskingProgram =
  /** The process itself, or the program that called `toll`. */
  | { readonly kind: 'program'; readonly process: Parent }
  /** Nobody but a person at a shell: the outermost shell below the terminal. */
  | { readonly kind: 'shell'; readonly process: Parent };

const ownCommand = 'toll';
const firstProcess = 1;

/** Finds the program that asks, past `toll` and the shells that started it; null when the system tells no parents. */
export function askingProgramOf(process: PeerProcess): AskingProgram | null {
  if (plainProgramName(process.name) !== ownCommand) return { kind: 'program', process };
  const beyond = firstBeyondShells(process.parents);
  const found = process.parents.find((parent) => parent === beyond);
  if (found !== undefined && found.pid !== firstProcess && !isStarter(found.name)) {
    return { kind: 'program', process: found };
  }
  const shell = process.parents[(found === undefined ? process.parents.length : process.parents.indexOf(found)) - 1];
  return shell === undefined ? null : { kind: 'shell', process: shell };
}
