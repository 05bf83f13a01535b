/**
 * The file in which a gateway leaves its facts when control is gone: parts, each as its length (big-endian), a nonce, the
 * ciphertext and the tag (AES-256-GCM, NIST SP 800-38D). A part holds whole lines of facts; an empty one says that no more come.
 */
export const spillCipher = { name: 'aes-256-gcm', keyBytes: 32, nonceBytes: 12, tagBytes: 16, lengthBytes: 4 } as const;

/** What a part's tag vouches for besides its content: whose it is and its place, so that none can be moved or left out before another. */
export function spillPart(runId: string, part: number): string {
  return `${runId}/${part}`;
}

/** Name of a run's file. */
export function spillName(runId: string): string {
  return `facts-${runId}.spill`;
}

/** The run that a file's name tells; null for any other file. */
export function spillRun(fileName: string): string | null {
  return /^facts-([A-Za-z0-9_-]+)\.spill$/.exec(fileName)?.[1] ?? null;
}
