import type { AuditFact } from '#main/store/audit/audit-log.ts';
import type { Grant } from '#shared/model/access.ts';
import type { CallerVerdict, GrantBinding, ProcessMark } from '#shared/model/binding.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { LoopbackConnection, PeerProcess } from '#shared/model/process.ts';
import type { PeerIdentifier } from '../control-options.ts';
import type { EventRecorder } from '../event-recorder.ts';
import type { GrantBook } from '../grant/grant-book.ts';

/** Tells the gateway whether the process behind a connection may use the tokens of a bound grant. */
export interface CallerInspector {
  /** Writes down a caller that may not. Never rejects. */
  inspect(grantId: string, connection: LoopbackConnection): Promise<CallerVerdict>;
}

/** What the inspector is made from. */
export interface CallerInspectorOptions {
  readonly peers: Pick<PeerIdentifier, 'findCaller' | 'describe' | 'hashProgram'>;
  /** Null while the databases are closed. */
  readonly grants: () => Pick<GrantBook, 'find'> | null;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly clock: Clock;
}

/** A caller that tries again and again is written down once in so many milliseconds, with the count of what was left out. */
const quietMs = 60_000;
const rememberedCallers = 256;
/** So many callers of one grant are told apart meanwhile; a program has as many names as it wants. */
const toldApart = 10;

interface Judgement {
  readonly verdict: CallerVerdict;
  readonly caller: PeerProcess | null;
}

/** Makes an inspector that has written down nobody. */
export function createCallerInspector(options: CallerInspectorOptions): CallerInspector {
  const { peers, recorder, clock } = options;
  const written = new Map<string, { readonly grantId: string; readonly at: number; leftOut: number }>();

  async function judge(binding: GrantBinding, connection: LoopbackConnection): Promise<Judgement | null> {
    const search = await peers.findCaller(connection, binding.kind === 'tree' ? [binding.root] : []);
    if (search.state === 'gone') return null;
    const [caller] = search.state === 'found' ? search.lineage : [];
    if (search.state === 'unknown' || caller === undefined) return { verdict: 'unknown', caller: null };
    if (binding.kind === 'tree') {
      const isInside = search.lineage.some((mark) => isSame(mark, binding.root));
      return isInside
        ? { verdict: 'allowed', caller: null }
        : { verdict: 'outside-tree', caller: await peers.describe(caller) };
    }
    const described = await peers.describe(caller);
    return { verdict: await judgeProgram(binding, described), caller: described };
  }

  async function judgeProgram(
    binding: Extract<GrantBinding, { kind: 'executable' }>,
    caller: PeerProcess | null,
  ): Promise<CallerVerdict> {
    if (caller?.executable == null) return 'unknown';
    if (caller.executable !== binding.path) return 'other-executable';
    return (await peers.hashProgram(caller)) === binding.sha256 ? 'allowed' : 'changed-executable';
  }

  function write(grant: Grant, binding: GrantBinding, { verdict, caller }: Judgement): void {
    const now = clock.monotonic();
    const own = JSON.stringify([grant.id, verdict, caller?.executable, caller?.name, caller?.user]);
    const recent = [...written.values()].filter(({ grantId, at }) => grantId === grant.id && now - at < quietMs);
    const key = written.has(own) || recent.length < toldApart ? own : grant.id;
    const before = written.get(key);
    if (before !== undefined && now - before.at < quietMs) {
      before.leftOut += 1;
      return;
    }
    written.delete(key);
    written.set(key, { grantId: grant.id, at: now, leftOut: 0 });
    for (const oldest of written.keys()) {
      if (written.size <= rememberedCallers) break;
      written.delete(oldest);
    }
    recorder.record(usedElsewhere(grant, { binding, verdict, caller, leftOut: before?.leftOut ?? 0 }));
  }

  return {
    async inspect(grantId, connection) {
      const grant = options.grants()?.find(grantId) ?? null;
      const binding = grant?.binding ?? null;
      if (grant === null) return 'unknown';
      if (binding === null) return 'allowed';
      const judgement = await judge(binding, connection);
      // A connection that is closed again was answered by nobody.
      if (judgement === null) return 'unknown';
      if (judgement.verdict !== 'allowed') write(grant, binding, judgement);
      return judgement.verdict;
    },
  };
}

function isSame(left: ProcessMark, right: ProcessMark): boolean {
  return left.pid === right.pid && left.startedAt === right.startedAt;
}

/** Names both: what the token is bound to, and who used it. */
function usedElsewhere(
  grant: Grant,
  { binding, verdict, caller, leftOut }: Judgement & { readonly binding: GrantBinding; readonly leftOut: number },
): AuditFact {
  return {
    event: 'token-used-elsewhere',
    actor: 'client',
    subject: grant.id,
    detail: {
      tool: grant.tool,
      verdict,
      boundTo: binding.kind === 'tree' ? { name: binding.name, pid: binding.root.pid } : { executable: binding.path },
      usedBy:
        caller === null
          ? null
          : {
              ...{ pid: caller.pid, name: caller.name, executable: caller.executable, arguments: caller.arguments },
              ...{ folder: caller.folder, user: caller.user },
              parents: caller.parents.map(({ pid, name }) => ({ pid, name })),
            },
      ...(leftOut === 0 ? {} : { timesBefore: leftOut }),
    },
  };
}
