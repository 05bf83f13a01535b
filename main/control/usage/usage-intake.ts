import type { Ledger } from '#main/store/ledger/ledger.ts';
import type { Registry } from '#main/store/registry/registry.ts';
import { type OpenedRequest, type UsageText, usageText } from '#shared/contract/facts.ts';
import type { FactsFrame } from '#shared/contract/read-facts.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { RunningRequest } from '#shared/model/usage.ts';
import { groupUsage, type UsageGroup } from '#shared/model/usage-group.ts';
import type { JointSave } from '../core/joint-save.ts';
import type { GrantBook } from '../grant/grant-book.ts';
import type { LimitKeeper } from '../limit/limit-keeper.ts';
import type { Watch } from '../watch/watch.ts';
import { type InFlight, interruptedRecord } from './interrupted-record.ts';
import { createRefusalAllowance } from './refusal-allowance.ts';

/** Where rows and charges go; there is none while the vault is locked. */
export interface UsageSink {
  readonly ledger: Pick<Ledger, 'appendText' | 'flush' | 'costs'>;
  readonly grants: Pick<GrantBook, 'requestOpened' | 'requestSettled'>;
  readonly limits: Pick<LimitKeeper, 'settled'>;
  /** Told of every row that is written. */
  readonly watch: Pick<Watch, 'settled'>;
  readonly registry: Pick<Registry, 'openRequests' | 'state'>;
  readonly books: JointSave;
}

/** One run of the gateway, as far as what it told is charged. */
export interface GatewayRun {
  readonly runId: string;
  /** Process id; null while it is not known. */
  readonly pid: number | null;
  /** Everything up to this line is in the charges that were saved with it. */
  readonly sequence: number;
}

/** Name of the state that holds the {@link GatewayRun} which was charged last. */
export const runState = 'facts-run';

/** Takes the gateway's facts: what runs, what ended, what it cost. */
export interface UsageIntake {
  /** Another run of the gateway begins to tell. */
  runStarted(runId: string, pid: number | null): void;
  /** The same for one that control's own crash parted from it. */
  runResumed(run: GatewayRun): void;
  take(frame: FactsFrame): void;
  /** The gateway is gone: each request that was in flight gets the row it would never have sent. Returns how many there were. */
  gatewayLost(): number;
  /** Refused requests without a valid token that were counted and not written down, since the start. */
  readonly leftOutRefusals: number;
  /** Requests in flight, oldest first. */
  running(): readonly RunningRequest[];
  /** From now on rows go there; those that came before follow at once. */
  connect(sink: UsageSink): void;
  /** Has everything taken so far on the disk, rows and charges; null when the disk refused some. */
  keep(): Promise<Kept | null>;
  /** Nothing more comes, and the next start has nothing to settle unless something could not be kept. */
  close(): void;
}

/** How far the gateway need not remember what it told. */
export interface Kept {
  /** Null before the first run. */
  readonly runId: string | null;
  readonly upTo: number;
}

/** What an intake is made from. */
export interface UsageIntakeOptions {
  readonly clock: Clock;
  /** Requests that an earlier run left open on the disk. */
  readonly held?: readonly OpenedRequest[];
}

/** Refused requests kept while there is no ledger; a flood of them must not fill the memory. */
const keptWithoutLedger = 10_000;

/** Makes an intake without a sink. */
export function createUsageIntake(options: UsageIntakeOptions): UsageIntake {
  const inFlight = new Map<string, InFlight>();
  const allowance = createRefusalAllowance(options.clock);
  let gone: string[] = [];
  let waiting: UsageGroup[] = [];
  let sink: UsageSink | null = null;
  let run: Omit<GatewayRun, 'sequence'> | null = null;
  let sequence = 0;
  let isRunUnsaved = false;
  let keeping: Promise<Kept | null> | null = null;

  for (const request of options.held ?? []) {
    inFlight.set(request.requestId, { ...begin(request), isOnDisk: true, isSaved: true });
  }

  /** A further attempt at a request that is in flight is no further use. */
  function openAll(requests: readonly OpenedRequest[]): void {
    let grantId: string | null = null;
    let uses = 0;
    for (const request of requests) {
      const earlier = inFlight.get(request.requestId);
      inFlight.set(request.requestId, begin(request, earlier?.isOnDisk));
      if (earlier !== undefined) continue;
      if (request.grantId !== grantId) use(grantId, uses);
      uses = request.grantId === grantId ? uses + 1 : 1;
      grantId = request.grantId;
    }
    use(grantId, uses);
  }

  function use(grantId: string | null, requests: number): void {
    if (grantId !== null && requests > 0) sink?.grants.requestOpened(grantId, requests);
  }

  function forget(requestId: string): boolean {
    if (inFlight.size === 0) return false;
    if (inFlight.get(requestId)?.isOnDisk === true) gone.push(requestId);
    return inFlight.delete(requestId);
  }

  /** Charges a grant once for all of the group's calls; a refused one costs only when it had been let through first. */
  function settle(group: UsageGroup): void {
    const { grantId, outcome } = group.shared;
    let untold = 0;
    let charged = 0;
    let costMicroUsd = 0;
    for (let index = 0; index < group.size; index += 1) {
      const wasOpened = forget(group.requestId(index));
      if (!wasOpened && outcome === 'denied') continue;
      if (!wasOpened) untold += 1;
      charged += 1;
      costMicroUsd += group.costMicroUsd(index) ?? 0;
    }
    sink?.limits.settled(group);
    if (grantId === null || charged === 0) return;
    use(grantId, untold);
    sink?.grants.requestSettled(grantId, costMicroUsd, charged);
  }

  function wait(groups: readonly UsageGroup[]): void {
    waiting.push(...groups);
    let kept = waiting.reduce((sum, { size }) => sum + size, 0);
    while (kept > keptWithoutLedger) kept -= waiting.shift()?.size ?? kept;
  }

  /** What is to be written of these: mostly all, and then as it came. */
  function write(groups: readonly UsageGroup[], asItCame: UsageText): void {
    const admitted = groups.map(allowance.admit);
    const written = admitted.filter((group) => group !== null);
    if (sink === null) wait(written);
    if (sink === null || written.length === 0) return;
    for (const group of written) sink.watch.settled(group);
    const isAll = admitted.every((group, index) => group === groups[index]);
    sink.ledger.appendText(isAll ? asItCame : usageText(written));
  }

  /** One part of the transaction that also holds the charges, so that a request is open on the disk or charged, never both. */
  function writeOpen({ registry }: UsageSink): (() => void) | null {
    if (!isRunUnsaved && gone.length === 0) return null;
    const opened = [...inFlight.values()].filter(({ isSaved }) => !isSaved);
    const closed = gone;
    registry.openRequests.put(opened.map(({ request }) => request));
    registry.openRequests.remove(closed);
    if (run !== null) registry.state.write(runState, { ...run, sequence });
    return () => {
      isRunUnsaved = false;
      gone = [];
      for (const request of opened) {
        request.isOnDisk = true;
        request.isSaved = true;
      }
    };
  }

  async function keepAll(): Promise<Kept | null> {
    if (sink === null) return null;
    const upTo: Kept = { runId: run?.runId ?? null, upTo: run === null ? 0 : sequence };
    const { ledger, books } = sink;
    const isWritten = await ledger.flush().then(
      () => true,
      () => false,
    );
    const isSaved = books.save();
    return isWritten && isSaved ? upTo : null;
  }

  return {
    runStarted(runId, pid) {
      run = { runId, pid };
      sequence = 0;
      isRunUnsaved = true;
    },
    runResumed(known) {
      run = { runId: known.runId, pid: known.pid };
      sequence = known.sequence;
    },
    take(frame) {
      sequence = Math.max(sequence, frame.sequence);
      isRunUnsaved = true;
      openAll(frame.opened);
      for (const progress of frame.progress) {
        const known = inFlight.get(progress.requestId);
        if (known === undefined) continue;
        known.inputTokens = progress.inputTokens;
        known.outputTokens = progress.outputTokens;
        known.costMicroUsd = progress.costMicroUsd;
      }
      for (const group of frame.settled) settle(group);
      write(frame.settled, frame.text);
    },
    gatewayLost() {
      const records = [...inFlight.values()].map((request) => interruptedRecord(request, options.clock.now()));
      const groups = groupUsage(records);
      for (const group of groups) settle(group);
      if (sink === null) wait(groups);
      else if (groups.length > 0) sink.ledger.appendText(usageText(groups));
      return records.length;
    },
    get leftOutRefusals() {
      return allowance.leftOut;
    },
    running: () =>
      [...inFlight.values()].map(({ request: { reservedMicroUsd: _, ...request }, outputTokens, costMicroUsd }) => ({
        ...{ ...request, outputTokens, costMicroUsd },
      })),
    connect(next) {
      sink = next;
      next.books.add(() => writeOpen(next));
      const groups = waiting;
      waiting = [];
      if (groups.length > 0) next.ledger.appendText(usageText(groups));
    },
    keep() {
      keeping ??= keepAll().finally(() => {
        keeping = null;
      });
      return keeping;
    },
    close() {
      if (inFlight.size === 0 && !isRunUnsaved) sink?.registry.state.remove(runState);
    },
  };
}

function begin(request: OpenedRequest, isOnDisk = false): InFlight {
  return { request, inputTokens: 0, outputTokens: 0, costMicroUsd: null, isOnDisk, isSaved: false };
}
