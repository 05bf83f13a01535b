import type { AccessDemand, Grant, UnusualReason } from '../model/access.ts';
import type { PeerProcess } from '../model/process.ts';
import { isTerminal } from './is-starter.ts';
import { scopesCover } from './match-scope.ts';
import { speakerNameOf, speakerOf } from './same-program.ts';

/** So many earlier grants make a habit of where a tool runs. */
const grantsOfHabit = 3;
/** Folders less deep than this hold all of a person's things, so being in them says nothing: `/home/sam`. */
const personalDepth = 3;

/**
 * What is unusual about a demand, beside the tool's earlier grants from anywhere, newest first. A tool without any has no
 * habits: its first request is new, not unusual.
 */
export function findUnusual(
  demand: Pick<AccessDemand, 'scopes'>,
  process: PeerProcess | null,
  earlier: readonly Grant[],
): UnusualReason[] {
  if (earlier.length === 0) return [];
  const program = judgeProgram(process, earlier);
  const granted = earlier.flatMap((grant) => grant.scopes);
  return [
    ...(program === null ? [] : [program]),
    ...(scopesCover(granted, demand.scopes) ? [] : ['wider-scope' as const]),
    ...(isOutside(process?.folder ?? null, earlier) ? ['other-folder' as const] : []),
  ];
}

function judgeProgram(process: PeerProcess | null, earlier: readonly Grant[]): UnusualReason | null {
  const known = earlier.flatMap((grant) => (grant.process?.executable ? [grant.process] : []));
  if (known.length === 0) return null;
  const same = known.filter(({ executable }) => executable === process?.executable);
  if (process === null || !same.some((before) => hasSameSpeaker(before, process))) return 'other-program';
  const hash = process.executableHash ?? null;
  const hashes = same.flatMap(({ executableHash = null }) => (executableHash === null ? [] : [executableHash]));
  return hash !== null && hashes.length > 0 && !hashes.includes(hash) ? 'changed-program' : null;
}

/** Where an executable speaks for others, those tell the programs apart; terminals and editors are where a person types, so they are one. */
function hasSameSpeaker(earlier: PeerProcess, process: PeerProcess): boolean {
  return placeOfSpeech(earlier) === placeOfSpeech(process);
}

function placeOfSpeech(process: PeerProcess): string | null {
  const speaker = speakerOf(process);
  return speaker === undefined || isTerminal(speaker.name) ? 'a terminal' : speakerNameOf(process);
}

function isOutside(folder: string | null, earlier: readonly Grant[]): boolean {
  const folders = earlier.flatMap((grant) => (grant.process?.folder ? [grant.process.folder] : []));
  if (folder === null || folders.length < grantsOfHabit) return false;
  return !folders.some((usual) => isWithin(folder, neighbourhoodOf(usual)));
}

/** A folder and its neighbours: projects lie side by side, and a new one among them is nothing unusual. */
function neighbourhoodOf(folder: string): readonly string[] {
  const parts = partsOf(folder);
  const parent = parts.slice(0, -1);
  return parent.length >= personalDepth ? parent : parts;
}

function isWithin(folder: string, area: readonly string[]): boolean {
  const parts = partsOf(folder);
  return area.every((part, index) => parts[index] === part);
}

function partsOf(folder: string): readonly string[] {
  return folder.split(/[/\\]/).filter((part) => part !== '');
}
