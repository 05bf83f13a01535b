import { join } from 'node:path';
import { spillName } from '#shared/contract/facts-spill.ts';
import type { ControlMessage } from '#shared/contract/port.ts';
import type { Log } from '../control-options.ts';
import { createFactsReader, type FactsReader } from './facts-reader.ts';
import type { UsageIntake } from './usage-intake.ts';

/** Where gateways leave their facts when control dies, and the key for it. */
export interface SpillPlace {
  /** Absolute path. */
  readonly folder: string;
  /** 32 bytes as hex. */
  readonly key: string;
  /** Keys that files may have been written with before. */
  readonly formerKeys: readonly string[];
}

/** Takes in what each run of the gateway tells, has it kept, and tells the gateway what it need not remember. */
export interface FactsDesk {
  /** A process begins to work. */
  runStarted(pid: number | null): void;
  take(bytes: Uint8Array): void;
  /** The process is gone, and all it wrote was taken. Returns how many requests it left in the middle. */
  runEnded(): number;
  /** The place for spills is known now. */
  placeKnown(): void;
  /** Has everything kept, as far as the disk takes it. */
  close(): Promise<void>;
}

/** What the desk is made from. */
export interface FactsDeskOptions {
  readonly intake: UsageIntake;
  /** Null while the vault is locked. */
  readonly spillPlace: () => SpillPlace | null;
  readonly tell: (message: ControlMessage) => void;
  readonly random: (bytes: number) => Uint8Array;
  readonly log: Log;
  /** Requests began, went on or ended. */
  readonly onTaken: (news: { readonly hasSettled: boolean }) => void;
}

const runIdBytes = 12;
/** Milliseconds from a fact until it is on the disk; and until the next attempt when the disk refused. */
const keepDelayMs = 100;
const retryDelayMs = 2_000;

/** Makes a desk; it rests until the first run starts. */
export function createFactsDesk(options: FactsDeskOptions): FactsDesk {
  const { intake, log } = options;
  let runId: string | null = null;
  let reader: FactsReader = createFactsReader(log);
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;

  function tellPlace(): void {
    const place = options.spillPlace();
    if (place === null || runId === null) return;
    const spill = { path: join(place.folder, spillName(runId)), runId, key: place.key };
    options.tell({ type: 'keep-facts', spill });
  }

  function scheduleKeep(delayMs: number): void {
    if (isClosed) return;
    timer ??= setTimeout(() => {
      timer = null;
      void keep();
    }, delayMs);
    timer.unref();
  }

  async function keep(): Promise<void> {
    const kept = await intake.keep();
    if (kept === null) scheduleKeep(retryDelayMs);
    else if (runId !== null && kept.runId === runId && kept.upTo > 0)
      options.tell({ type: 'facts-kept', upTo: kept.upTo });
  }

  return {
    runStarted(pid) {
      runId = Buffer.from(options.random(runIdBytes)).toString('hex');
      reader = createFactsReader(log);
      intake.runStarted(runId, pid);
      tellPlace();
      scheduleKeep(keepDelayMs);
    },
    take(bytes) {
      const frames = reader.read(bytes);
      if (frames.length === 0) return;
      for (const frame of frames) intake.take(frame);
      options.onTaken({ hasSettled: frames.some(({ settled }) => settled.length > 0) });
      scheduleKeep(keepDelayMs);
    },
    runEnded() {
      runId = null;
      const interrupted = intake.gatewayLost();
      void keep();
      return interrupted;
    },
    placeKnown: tellPlace,
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      const kept = await intake.keep();
      if (kept !== null) intake.close();
    },
  };
}
