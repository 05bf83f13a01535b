import type { Verification } from '#shared/model/credential.ts';
import type { AdminKey, Rotation, RotationSetup, RotationStep } from '#shared/model/rotation.ts';

/** A rotation as it is kept. */
export type RotationRecord = Rotation & {
  /** Vault items of both keys; empty for none. */
  readonly oldItem: string;
  readonly newItem: string;
  /** What is known of the keys beyond their fingerprint, for the credential's row when one of them is put there. */
  readonly oldVerification: Verification | null;
  readonly newVerification: Verification | null;
  /** A person said to go on although the present step found reason not to. */
  readonly forced: boolean;
};

/** An admin key with the name of its vault item. */
export type AdminKeyRecord = AdminKey & { readonly vaultItem: string };

/** The journal of rotations, and what was planned. */
export interface RotationStore {
  /** Throws `conflict` when the credential has one that has not ended. */
  insert(rotation: RotationRecord): void;
  /** Changes the named fields. Throws `not_found`. */
  update(id: string, changes: Partial<Omit<RotationRecord, 'id' | 'credentialId'>>): RotationRecord;
  find(id: string): RotationRecord | null;
  /** The one of this credential that has not ended; null for none. */
  open(credentialId: string): RotationRecord | null;
  /** Every one that has not ended, oldest first. */
  listOpen(): readonly RotationRecord[];
  /** Newest first. */
  list(options: { readonly credentialId?: string | undefined; readonly limit: number }): readonly RotationRecord[];
  /** The highest version that any rotation of this credential made or tried to make; 0 for none. */
  highestVersion(credentialId: string): number;
  /** Writes down that a step begins. Returns its number. */
  beginStep(id: string, step: Pick<RotationStep, 'step' | 'begunAt'>): number;
  endStep(id: string, sequence: number, end: Pick<RotationStep, 'endedAt' | 'outcome' | 'message'>): void;
  /** In order. */
  steps(id: string): readonly RotationStep[];
  setups(): readonly RotationSetup[];
  setup(credentialId: string): RotationSetup | null;
  putSetup(setup: RotationSetup): void;
  /** Oldest first. */
  adminKeys(): readonly AdminKeyRecord[];
  adminKey(id: string): AdminKeyRecord | null;
  /** Adds it and expects its vault item. */
  insertAdminKey(record: AdminKeyRecord): void;
  /** Removes the row and no longer expects its vault item. False when there was none. */
  removeAdminKey(id: string): boolean;
}
