import type { PeerProcess } from '../model/process.ts';

const ownCommand = 'toll';
const shells: ReadonlySet<string> = new Set([
  ...['sh', 'dash', 'bash', 'zsh', 'fish', 'ksh', 'cmd', 'pwsh', 'powershell'],
]);

/** A link of a chain of processes. */
export type ProcessLink = Pick<PeerProcess, 'name' | 'executable'>;

/** A program's name without what its platform or language adds: `toll.mjs` is `toll`. */
export function plainProgramName(name: string): string {
  return name.replace(/\.(?:exe|mjs|cjs|js)$/i, '').toLowerCase();
}

/** The nearest of the programs that started it which is no shell; undefined when there is none. */
export function firstBeyondShells(parents: PeerProcess['parents']): ProcessLink | undefined {
  return parents.find((parent) => !shells.has(plainProgramName(parent.name)));
}

/** The program that speaks: the process itself, or who called `toll` when that is the process, past the shells between them. */
export function speakerOf(process: PeerProcess): ProcessLink | undefined {
  return plainProgramName(process.name) === ownCommand ? firstBeyondShells(process.parents) : process;
}

/**
 * The program that speaks, in words that a policy can be bound to, where the executable alone does not tell it: who called `toll`, or the
 * script that an interpreter runs. Null where the executable says it all.
 */
export function speakerNameOf(process: PeerProcess): string | null {
  const speaker = speakerOf(process);
  if (speaker === undefined) return 'a shell';
  const { executable, name } = speaker;
  if (executable === null) return name;
  const file = executable.split(/[\\/]/).at(-1) ?? executable;
  const text = plainProgramName(file) === plainProgramName(name) ? executable : `${executable} (${name})`;
  return text === process.executable ? null : text;
}

/**
 * True when the system vouches that both are the same program in the same folder: path and content of the executable, the
 * script an interpreter runs, the folder, and who called `toll` where that is the program. What is not known is not the same.
 */
export function isSameProgram(left: PeerProcess | null, right: PeerProcess | null): boolean {
  if (left === null || right === null || !left.verified || !right.verified) return false;
  if (left.executable === null || left.folder === null) return false;
  return identityOf(left) === identityOf(right);
}

function identityOf(process: PeerProcess): string {
  const speaker = speakerOf(process);
  const { executable, executableHash = null, name, folder, user } = process;
  return JSON.stringify([executable, executableHash, name, folder, user, speaker?.name, speaker?.executable]);
}
