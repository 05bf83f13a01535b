import { type Facts, writeFacts } from '#shared/contract/facts.ts';
import type { FactsSpill } from '#shared/contract/port.ts';
import { openSpill, type SpillFile } from './facts-spill.ts';

/** Bytes of facts kept for control's word at most. What is older is let go: control has it in memory, only not yet on a disk. */
const mostKeptBytes = 64 * 1024 * 1024;

/** What an outbox needs. */
export interface FactsOutboxOptions {
  /** Writes to control, in order; calls back once the operating system has it, not at all when control is gone. False: slow down. */
  readonly send: (bytes: Uint8Array, taken: () => void) => boolean;
  readonly randomBytes: (size: number) => Buffer;
  /** Tells why the last resort failed. */
  readonly onSpillFailed: (error: unknown) => void;
}

interface KeptFacts {
  readonly sequence: number;
  readonly bytes: Buffer;
}

/**
 * The gateway's facts on their way: each line stays here until control says that it will survive control's own death. When
 * control dies first, all that is left goes to a file, encrypted, and control's next run takes it in.
 */
export class FactsOutbox {
  readonly #options: FactsOutboxOptions;
  #sequence = 0;
  #kept: KeptFacts[] = [];
  #keptBytes = 0;
  #spill: FactsSpill | null = null;
  #file: SpillFile | null = null;
  #isOrphan = false;
  #underWay = 0;
  #onDrained: (() => void) | null = null;

  constructor(options: FactsOutboxOptions) {
    this.#options = options;
  }

  /** Where to leave what is kept; without it nothing can be left. */
  keepAt(spill: FactsSpill): void {
    this.#spill = spill;
  }

  /** See `ReportFacts`. Once control is gone nothing is sent, and no call is let go on. */
  report(facts: Facts, sent: () => void): boolean {
    this.#sequence += 1;
    const bytes = Buffer.from(`${writeFacts(this.#sequence, facts)}\n`);
    if (this.#isOrphan) {
      this.#append(bytes);
      return true;
    }
    this.#keep({ sequence: this.#sequence, bytes });
    this.#underWay += 1;
    return this.#options.send(bytes, () => {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#onDrained?.();
      sent();
    });
  }

  /** Resolves when the operating system has everything reported so far. */
  drained(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrained = resolve;
    });
  }

  /** Control keeps everything up to this sequence number. */
  acknowledge(upTo: number): void {
    const firstKept = this.#kept.findIndex(({ sequence }) => sequence > upTo);
    const gone = this.#kept.splice(0, firstKept === -1 ? this.#kept.length : firstKept);
    for (const { bytes } of gone) this.#keptBytes -= bytes.length;
  }

  /** Control is gone: what is kept is in the file when this returns, and so is each report that follows. */
  orphaned(): void {
    if (this.#isOrphan) return;
    this.#isOrphan = true;
    if (this.#spill === null) return;
    try {
      this.#file = openSpill(this.#spill, this.#options.randomBytes);
    } catch (error) {
      this.#options.onSpillFailed(error);
      return;
    }
    if (this.#kept.length > 0) this.#append(Buffer.concat(this.#kept.map(({ bytes }) => bytes)));
    this.#kept = [];
  }

  /** Nothing more will be reported: marks the file as whole. */
  close(): void {
    this.#append(Buffer.alloc(0));
    this.#file?.close();
    this.#file = null;
  }

  #keep(facts: KeptFacts): void {
    this.#kept.push(facts);
    this.#keptBytes += facts.bytes.length;
    while (this.#keptBytes > mostKeptBytes) {
      this.#keptBytes -= this.#kept.shift()?.bytes.length ?? 0;
    }
  }

  #append(bytes: Buffer): void {
    try {
      this.#file?.append(bytes);
    } catch (error) {
      this.#options.onSpillFailed(error);
      this.#file?.close();
      this.#file = null;
    }
  }
}
