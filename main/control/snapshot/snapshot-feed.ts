import type { Snapshot } from '#shared/contract/port.ts';
import { createSignal } from '../signal.ts';

/** What a snapshot holds besides its version and its issuer. */
export type SnapshotContents = Omit<Snapshot, 'version' | 'issuer' | 'audience'>;

/** Longest wait for the gateway's word that it has applied a snapshot, in milliseconds. */
const applyDeadlineMs = 3_000;

/** Keeps the gateway's picture equal to control's: every change goes down as a new version of the whole. */
export interface SnapshotFeed {
  /** Something changed; what changes in one turn goes down together. */
  push(): void;
  /** A new version made now, for a gateway that starts. */
  make(): Snapshot;
  /** The gateway has applied this version. */
  applied(version: number): void;
  /** Resolves once the gateway has applied everything up to now, or after three seconds, or at once while it does not run. */
  gatewayKnows(): Promise<void>;
  /** True when the gateway has applied everything, or does not run. */
  readonly isKnown: boolean;
  close(): void;
}

/** What the feed is made from. */
export interface SnapshotFeedOptions {
  readonly contents: () => SnapshotContents;
  /** Base URL of the gateway. */
  readonly issuer: () => string;
  readonly send: (snapshot: Snapshot) => void;
  readonly isRunning: () => boolean;
}

/** Makes a feed whose first snapshot has version 1. */
export function createSnapshotFeed(options: SnapshotFeedOptions): SnapshotFeed {
  let version = 0;
  let appliedVersion = 0;
  let scheduled: NodeJS.Immediate | null = null;
  const waiting = new Set<{ readonly version: number; readonly done: () => void }>();

  function make(): Snapshot {
    version += 1;
    const issuer = options.issuer();
    return { version, issuer, audience: issuer, ...options.contents() };
  }

  function cancel(): void {
    if (scheduled !== null) clearImmediate(scheduled);
    scheduled = null;
  }

  function flush(): void {
    cancel();
    if (options.isRunning()) options.send(make());
  }

  return {
    push() {
      scheduled ??= setImmediate(flush);
    },
    make() {
      cancel();
      return make();
    },
    applied(applied) {
      appliedVersion = Math.max(appliedVersion, applied);
      for (const waiter of [...waiting]) if (waiter.version <= appliedVersion) waiter.done();
    },
    async gatewayKnows() {
      if (scheduled !== null) flush();
      if (!options.isRunning() || appliedVersion >= version) return;
      const known = createSignal();
      const waiter = { version, done: known.fire };
      const deadline = setTimeout(known.fire, applyDeadlineMs);
      waiting.add(waiter);
      await known.happened;
      clearTimeout(deadline);
      waiting.delete(waiter);
    },
    get isKnown() {
      return !options.isRunning() || appliedVersion >= version;
    },
    close() {
      cancel();
      for (const waiter of [...waiting]) waiter.done();
    },
  };
}
