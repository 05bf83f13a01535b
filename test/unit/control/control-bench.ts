import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ApprovalDesk, createApprovalDesk } from '#main/control/approval/approval-desk.ts';
import { createJointSave } from '#main/control/core/joint-save.ts';
import { createDeadlines, type Deadlines } from '#main/control/deadlines.ts';
import { createEventRecorder, type EventRecorder } from '#main/control/event-recorder.ts';
import { createGrantBook, type GrantBook } from '#main/control/grant/grant-book.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import type { Registry } from '#main/store/registry/registry.ts';
import type { AccessDemand } from '#shared/model/access.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import { createFakeClock, type FakeClock } from '#test/fakes/fake-clock.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

/** The deciding part of control on a real registry and a clock that obeys. */
export interface ControlBench {
  readonly clock: FakeClock;
  readonly registry: Registry;
  readonly deadlines: Deadlines;
  readonly grants: GrantBook;
  readonly desk: ApprovalDesk;
  readonly recorder: EventRecorder;
  /** Events of the audit log, oldest first. */
  events(): readonly string[];
  /** How often the gateway's picture went out of date. */
  readonly changes: { grants: number; setBacks: number[] };
  /** The same registry read by a new program, as after a restart. */
  restart(): GrantBook;
  /** Lets time pass and acts on it. */
  pass(milliseconds: number): void;
}

/** Returns numbers that differ each time, and are the same in every run. */
export function countingRandom(): (bytes: number) => Uint8Array {
  let seed = 1;
  return (bytes) =>
    Uint8Array.from({ length: bytes }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % 251;
    });
}

/** Makes a bench for one test. */
export function createControlBench(): ControlBench {
  const clock = createFakeClock();
  const registry = openRegistry({ path: join(temporaryFolder(), 'registry.db'), key: 'ab'.repeat(32) });
  const changes = { grants: 0, setBacks: [] as number[] };
  const deadlines = createDeadlines({ clock, log: () => undefined, onSetBack: (byMs) => changes.setBacks.push(byMs) });
  onTestFinished(() => {
    deadlines.close();
    registry.close();
  });
  const random = countingRandom();
  const recorder = createEventRecorder({ audit: () => registry.audit, clock, log: () => undefined });
  function book(): GrantBook {
    return createGrantBook({
      registry,
      clock,
      deadlines,
      random,
      books: createJointSave(registry, () => undefined),
      recorder,
      onChange: () => {
        changes.grants += 1;
      },
    });
  }
  const grants = book();
  const desk = createApprovalDesk({
    registry,
    grants,
    clock,
    deadlines,
    random,
    recorder,
    onChange: () => undefined,
  });
  return {
    clock,
    registry,
    deadlines,
    grants,
    desk,
    recorder,
    changes,
    restart: book,
    events: () => registry.audit.list({ afterSequence: 0, limit: 1_000 }).map((entry) => entry.event),
    pass(milliseconds) {
      clock.advance(milliseconds);
      deadlines.check();
    },
  };
}

/** A demand that is like any other but for what the test names. */
export function demandOf(changes: Partial<AccessDemand> = {}): AccessDemand {
  return {
    tool: 'codey',
    scopes: ['openai:chat'],
    ttlSeconds: 900,
    uses: null,
    budgetMicroUsd: null,
    purpose: null,
    ...changes,
  };
}

/** A process that is like any other but for what the test names. */
export function processOf(changes: Partial<PeerProcess> = {}): PeerProcess {
  return {
    pid: 42,
    executable: '/usr/bin/node',
    name: 'codey',
    arguments: ['codey'],
    folder: '/work',
    user: 'ada',
    startedAt: '1',
    parents: [{ pid: 7, executable: '/bin/bash', name: 'bash' }],
    verified: true,
    ...changes,
  };
}
