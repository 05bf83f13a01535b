import { createDecipheriv } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { spillCipher, spillName, spillPart, spillRun } from '#shared/contract/facts-spill.ts';
import { type FactsFrame, readFacts } from '#shared/contract/read-facts.ts';
import type { SpillPlace } from './facts-desk.ts';

/** What one run of the gateway left. */
export interface Spill {
  readonly runId: string;
  readonly frames: readonly FactsFrame[];
  /** False while its gateway may still be writing, or when it was killed over it. */
  readonly isWhole: boolean;
  /** Nothing of it could be read: it was written with another key, or is damaged. */
  readonly isUnreadable: boolean;
  /** Lines that are none of {@link readFacts}: a build before the present format wrote them. Its file is put aside, not removed. */
  readonly refusedLines: number;
}

/** Every spill in the folder, oldest first. */
export function readSpills({ folder, key, formerKeys }: SpillPlace): readonly Spill[] {
  return namesIn(folder)
    .map((name) => ({ name, runId: spillRun(name), at: changedAt(join(folder, name)) }))
    .toSorted((left, right) => left.at - right.at)
    .flatMap(({ name, runId }) =>
      runId === null ? [] : [readWithAny(readFileSync(join(folder, name)), runId, [key, ...formerKeys])],
    );
}

/** Removes a run's file, or puts it aside under the ending `.damaged` when something in it could not be read. */
export function removeSpill({ folder }: SpillPlace, { runId, isUnreadable, refusedLines }: Spill): void {
  const path = join(folder, spillName(runId));
  if (isUnreadable || refusedLines > 0) renameSync(path, `${path}.damaged`);
  else rmSync(path, { force: true });
}

/** As the first key reads it that reads any of it. */
function readWithAny(bytes: Buffer, runId: string, [key = '', ...others]: readonly string[]): Spill {
  const spill = readSpill(bytes, runId, key);
  return spill.isUnreadable && others.length > 0 ? readWithAny(bytes, runId, others) : spill;
}

/** Parts up to the first that is cut off or whose tag does not fit. */
function readSpill(bytes: Buffer, runId: string, key: string): Spill {
  const parts: Buffer[] = [];
  let isWhole = false;
  for (let at = 0; at + spillCipher.lengthBytes <= bytes.length && !isWhole; ) {
    const end = at + spillCipher.lengthBytes + bytes.readUInt32BE(at);
    const plain =
      end > bytes.length
        ? null
        : open(bytes.subarray(at + spillCipher.lengthBytes, end), { runId, key, part: parts.length });
    if (plain === null) break;
    isWhole = plain.length === 0;
    parts.push(plain);
    at = end;
  }
  const lines = Buffer.concat(parts).toString('utf8').split('\n');
  const read = lines.flatMap((line) => (line === '' ? [] : [readFacts(line)]));
  const frames = read.filter((frame) => frame !== null);
  const isUnreadable = bytes.length > 0 && parts.length === 0;
  return { runId, frames, isWhole, isUnreadable, refusedLines: read.length - frames.length };
}

function open(
  sealed: Buffer,
  place: { readonly runId: string; readonly key: string; readonly part: number },
): Buffer | null {
  const { nonceBytes, tagBytes } = spillCipher;
  if (sealed.length < nonceBytes + tagBytes) return null;
  const cipher = createDecipheriv(spillCipher.name, Buffer.from(place.key, 'hex'), sealed.subarray(0, nonceBytes));
  cipher.setAAD(Buffer.from(spillPart(place.runId, place.part)));
  cipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    return Buffer.concat([cipher.update(sealed.subarray(nonceBytes, -tagBytes)), cipher.final()]);
  } catch {
    return null;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
