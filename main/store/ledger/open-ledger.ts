import { usageText } from '#shared/contract/facts.ts';
import { readUsage } from '#shared/contract/read-facts.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { groupUsage } from '#shared/model/usage-group.ts';
import type { Ledger, LedgerHealth } from './ledger.ts';
import type { LedgerCallName, LedgerCalls } from './ledger-calls.ts';
import { type LedgerThread, startLedgerThread } from './ledger-thread.ts';
import { forgetUnwritten, keepUnwritten, readUnwritten } from './unwritten-usage.ts';
import { createWriteQueue, type WriteQueue } from './write-queue.ts';

/** How a ledger is opened. */
export interface LedgerOptions {
  /** Absolute path of the database file; its folder is made (0700) when missing. */
  readonly path: string;
  /** The database key as `resolveDatabaseKey` returns it. */
  readonly key: string;
  /** Bundle of the worker (`dist/main/ledger-worker.mjs`). */
  readonly worker: URL;
  /** A thread of that bundle that starts already: the first one, unless it has ended. */
  readonly thread?: LedgerThread;
  /** Where rows go that could not be written at the end (`<home>/run/unwritten-usage.json`). */
  readonly unwrittenPath: string;
  /** Says which day is today. */
  readonly clock: Clock;
}

type Ask = <N extends LedgerCallName>(name: N, input: LedgerCalls[N]['input']) => Promise<LedgerCalls[N]['output']>;

/** Starts the ledger's thread and opens the database. Rejects with `storage_corrupt` or `ledger_unavailable`. */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const thread = createThreadKeeper(options);
  try {
    await thread.running();
  } catch (error) {
    await thread.end();
    throw asLedgerError(error);
  }
  const listeners: ((health: LedgerHealth) => void)[] = [];
  const queue = createWriteQueue({
    write: (usage) =>
      thread
        .ask('write', `[${usage.map(({ json }) => json).join(',')}]`)
        .catch((error: unknown) => Promise.reject(asLedgerError(error))),
    onHealth: (health) => {
      for (const listener of listeners) listener(health);
    },
  });
  takeUnwritten(queue, options.unwrittenPath);
  return assemble(options, { queue, thread, listeners });
}

interface Parts {
  readonly queue: WriteQueue;
  readonly thread: ThreadKeeper;
  readonly listeners: ((health: LedgerHealth) => void)[];
}

function assemble(options: LedgerOptions, { queue, thread, listeners }: Parts): Ledger {
  let closing: Promise<void> | null = null;

  /** Asks after what is queued was written, so that a reader sees what was appended before; not while the disk refuses, so that nobody waits for it. */
  const ask: Ask = async (name, input) => {
    if (queue.health.state === 'ready') await queue.flush().catch(() => undefined);
    return thread.ask(name, input).catch((error: unknown) => Promise.reject(asLedgerError(error)));
  };

  return {
    append(records) {
      if (closing) throw new TollkeeperError('ledger_unavailable', 'The ledger is closed.');
      queue.append(usageText(groupUsage(records)));
    },
    appendText(usage) {
      if (closing) throw new TollkeeperError('ledger_unavailable', 'The ledger is closed.');
      queue.append(usage);
    },
    flush: () => queue.flush(),
    list: (input) => ask('list', input),
    summary: (input) => ask('summary', input),
    overview: (query) => ask('overview', { query, now: options.clock.now() }),
    facets: () => ask('facets', null),
    costs: (requestIds) => ask('costs', requestIds),
    spent: (queries) => ask('spent', queries),
    toolHistory: (since) => ask('toolHistory', since),
    lastUsed: () => ask('lastUsed', null),
    changeKey: (to) => thread.changeKey(to).catch((error: unknown) => Promise.reject(asLedgerError(error))),
    deleteBefore: (before) => ask('deleteBefore', before),
    onHealth: (listener) => listeners.push(listener),
    get health() {
      return queue.health;
    },
    close() {
      closing ??= closeLedger(options, queue, thread);
      return closing;
    },
  };
}

async function closeLedger(options: LedgerOptions, queue: WriteQueue, thread: ThreadKeeper): Promise<void> {
  const failure = await queue.flush().then(
    () => null,
    (error: unknown) => asLedgerError(error),
  );
  const unwritten = queue.stop().flatMap(({ json }) => readUsage(json).flatMap((group) => group.records()));
  await thread.ask('close', null).catch(() => undefined);
  await thread.end();
  if (failure === null || unwritten.length === 0) return;
  try {
    keepUnwritten(options.unwrittenPath, unwritten);
  } catch (cause) {
    throw new TollkeeperError(
      'ledger_unavailable',
      `${unwritten.length} usage records could not be kept: neither the ledger nor ${options.unwrittenPath} can be written.`,
      { cause },
    );
  }
  throw new TollkeeperError(
    'ledger_unavailable',
    `The ledger can\u2019t be written. ${unwritten.length} usage records wait in ${options.unwrittenPath} for the next start.`,
    { cause: failure },
  );
}

/** Queues what an earlier run left, and forgets its file once that is written. */
function takeUnwritten(queue: WriteQueue, path: string): void {
  const records = readUnwritten(path);
  if (records.length === 0) return;
  queue.append(usageText(groupUsage(records)));
  // While the disk still refuses, the rows stay in the queue and in the file, and the next start finds the file again.
  queue.flush().then(
    () => forgetUnwritten(path),
    () => undefined,
  );
}

interface ThreadKeeper {
  readonly ask: Ask;
  running(): Promise<LedgerThread>;
  /** Goes on with a copy under another key. */
  changeKey(to: string): Promise<void>;
  end(): Promise<void>;
}

/** Keeps one thread with the database open in it, and starts another when it died. */
function createThreadKeeper(options: LedgerOptions): ThreadKeeper {
  let current: Promise<LedgerThread> | null = null;
  let { key } = options;
  /** The key that the file has as well as likely, when a thread died over changing it. */
  let otherKey: string | null = null;

  function running(): Promise<LedgerThread> {
    current ??= start();
    return current;
  }

  async function start(): Promise<LedgerThread> {
    const ahead = options.thread;
    const thread = ahead === undefined || ahead.hasEnded ? startLedgerThread(options.worker) : ahead;
    const forget = () => {
      current = null;
    };
    thread.onEnd(forget);
    try {
      await open(thread);
      return thread;
    } catch (error) {
      await thread.end();
      forget();
      throw error;
    }
  }

  async function open(thread: LedgerThread): Promise<void> {
    const { path } = options;
    try {
      await thread.call('open', { path, key });
    } catch (error) {
      const isOtherKey = error instanceof TollkeeperError && error.code === 'storage_corrupt' && otherKey !== null;
      if (!isOtherKey || otherKey === null) throw error;
      await thread.call('open', { path, key: otherKey });
      [key, otherKey] = [otherKey, key];
    }
  }

  async function changeKey(to: string): Promise<void> {
    const { path, worker } = options;
    const thread = await running();
    if (key === to) return;
    await thread.call('holdFile', null);
    try {
      const copier = startLedgerThread(worker);
      await copier.call('copyWithKey', { path, from: key, to }).finally(() => copier.end());
      otherKey = to;
      await thread.call('adoptCopy', { path, to });
      [key, otherKey] = [to, key];
    } catch (error) {
      await thread.call('releaseFile', null).catch(() => undefined);
      throw error;
    }
  }

  return {
    ask: async (name, input) => (await running()).call(name, input),
    running,
    changeKey,
    async end() {
      const thread = await current?.catch(() => null);
      await thread?.end();
    },
  };
}

function asLedgerError(error: unknown): TollkeeperError {
  if (!(error instanceof TollkeeperError))
    return new TollkeeperError('ledger_unavailable', undefined, { cause: error });
  if (error.code !== 'storage_unavailable') return error;
  return new TollkeeperError('ledger_unavailable', undefined, { cause: error, details: error.details });
}
