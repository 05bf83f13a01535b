import { parentPort } from 'node:worker_threads';
import { readUsageTexts } from '#shared/contract/read-facts.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import { copyWithKey } from '../copy-with-key.ts';
import { type Database, openDatabase } from '../database.ts';
import { putCopyInPlace, takeCopyOut } from '../key-change-files.ts';
import { migrate } from '../migrate.ts';
import { completeCopy } from './complete-copy.ts';
import type { LedgerAnswer, LedgerCallName, LedgerCalls, LedgerQuestion } from './ledger-calls.ts';
import { ledgerMigrations } from './migrations.ts';
import { deleteRecordsBefore, listFacets, listRecords, readCosts, readLastUsed } from './query-usage.ts';
import { readSpent } from './read-spent.ts';
import { readToolHistory } from './read-tools.ts';
import { overview, summarise } from './summarise-usage.ts';
import { writeGroups } from './write-records.ts';

/** Milliseconds to wait for another program's lock: short, because the rows are safe in the other thread meanwhile. */
const busyTimeoutMs = 1_000;

let database: Database | null = null;
/** What was written since the file is held still, for its copy; null while it is not held. */
let missed: ((copy: Database) => void)[] | null = null;

function opened(): Database {
  if (database) return database;
  throw new TollkeeperError('ledger_unavailable', 'The ledger is not open.');
}

function open({ path, key }: LedgerCalls['open']['input']): null {
  const candidate = openDatabase({ path, key, busyTimeoutMs });
  try {
    migrate(candidate, ledgerMigrations);
  } catch (error) {
    candidate.close();
    throw error;
  }
  database = candidate;
  return null;
}

function write(texts: LedgerCalls['write']['input']): null {
  const groups = readUsageTexts(texts);
  writeGroups(opened(), groups);
  missed?.push((copy) => writeGroups(copy, groups));
  return null;
}

function deleteBefore(before: number): number {
  const deleted = deleteRecordsBefore(opened(), before);
  missed?.push((copy) => void deleteRecordsBefore(copy, before));
  return deleted;
}

function holdFile(): null {
  opened().holdFile();
  missed = [];
  return null;
}

function releaseFile(): null {
  missed = null;
  opened().releaseFile();
  return null;
}

function adoptCopy({ path, to }: LedgerCalls['adoptCopy']['input']): null {
  if (missed === null) throw new TollkeeperError('ledger_unavailable');
  completeCopy({ path, to, original: opened(), missed });
  opened().exchangeFile(
    () => {
      putCopyInPlace(path);
      return to;
    },
    () => takeCopyOut(path),
  );
  missed = null;
  return null;
}

function close(): null {
  missed = null;
  database?.close();
  database = null;
  return null;
}

const handlers: { readonly [N in LedgerCallName]: (input: LedgerCalls[N]['input']) => LedgerCalls[N]['output'] } = {
  open,
  write,
  list: (input) => listRecords(opened(), input),
  summary: (input) => summarise(opened(), input),
  overview: ({ query, now }) => overview(opened(), query, now),
  facets: () => listFacets(opened()),
  spent: (queries) => readSpent(opened(), queries),
  toolHistory: (since) => readToolHistory(opened(), since),
  lastUsed: () => readLastUsed(opened()),
  costs: (requestIds) => readCosts(opened(), requestIds),
  deleteBefore,
  holdFile,
  releaseFile,
  copyWithKey(copy) {
    copyWithKey(copy);
    return null;
  },
  adoptCopy,
  close,
};

function answer<N extends LedgerCallName>({ id, name, input }: LedgerQuestion<N>): LedgerAnswer {
  try {
    return { id, output: handlers[name](input) };
  } catch (error) {
    return { id, error: toErrorDocument(error) };
  }
}

parentPort?.on('message', (question: LedgerQuestion) => parentPort?.postMessage(answer(question)));
