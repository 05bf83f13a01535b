import { z } from 'zod';
import type { Evidence } from '../model/alert.ts';
import type { AuditEntry, AuditEvent } from '../model/audit.ts';
import { lazily } from '../model/lazily.ts';
import { localMinute } from './describe-limit.ts';
import { quoted, type Sign } from './watch-sign.ts';

const processSchema = lazily(() =>
  z.object({
    pid: z.number(),
    name: z.string(),
    executable: z.string().nullish(),
    folder: z.string().nullish(),
    parents: z.array(z.object({ pid: z.number(), name: z.string() })).nullish(),
  }),
);
const elsewhereSchema = lazily(() =>
  z.object({
    tool: z.string().nullish(),
    boundTo: z.union([z.object({ name: z.string(), pid: z.number() }), z.object({ executable: z.string() })]).nullish(),
    usedBy: processSchema.nullish(),
  }),
);
const reusedSchema = lazily(() => z.object({ tool: z.string().nullish(), clientId: z.string().nullish() }));

/** Entries of which one alone is irregular. */
const signsOf: Partial<Record<AuditEvent, (entry: AuditEntry) => Sign | null>> = {
  'token-used-elsewhere': usedElsewhere,
  'refresh-token-reused': (entry) => reused(entry, 'A refresh token'),
  'authorization-code-reused': (entry) => reused(entry, 'An authorization code'),
};

/** What is irregular about an entry by itself; null for most. An entry that can't be read is told with what can be. */
export function signOfEntry(entry: AuditEntry): Sign | null {
  const signOf = Object.hasOwn(signsOf, entry.event) ? signsOf[entry.event as AuditEvent] : undefined;
  return signOf?.(entry) ?? null;
}

function usedElsewhere(entry: AuditEntry): Sign {
  const { tool, boundTo, usedBy } = elsewhereSchema.safeParse(entry.detail).data ?? {};
  const who = usedBy?.name ?? 'a program that could not be told';
  return signFrom(entry, {
    ...{ rule: 'foreign-process', tool: tool ?? null, about: `${entry.subject} ${usedBy?.executable ?? who}` },
    sentence: `A token of ${quoted(tool ?? null)} was used by ${who}, to which it does not belong, and refused.`,
    evidence: [
      { name: 'Used by', value: usedBy === null || usedBy === undefined ? 'unknown' : describeProcess(usedBy) },
      ...parentsOf(usedBy),
      ...(boundTo === null || boundTo === undefined ? [] : [{ name: 'Belongs to', value: describeBinding(boundTo) }]),
    ],
  });
}

function reused(entry: AuditEntry, what: string): Sign {
  const { tool, clientId } = reusedSchema.safeParse(entry.detail).data ?? {};
  return signFrom(entry, {
    ...{ rule: 'refresh-token-reused', tool: tool ?? null, about: entry.subject },
    sentence: `${what} of ${quoted(tool ?? null)} was used twice, as happens when it was copied; its access was ended.`,
    evidence: [{ name: 'Client', value: clientId ?? 'unknown' }],
  });
}

function signFrom(entry: AuditEntry, sign: Pick<Sign, 'rule' | 'tool' | 'about' | 'sentence' | 'evidence'>): Sign {
  const at = Date.parse(entry.at);
  return {
    ...sign,
    evidence: [{ name: 'When', value: localMinute(at) }, ...sign.evidence],
    ...{ at, requestId: null, auditSequence: entry.sequence, grantId: entry.subject },
  };
}

function describeProcess({ pid, name, executable, folder }: z.infer<typeof processSchema>): string {
  return `${executable ?? name} (process ${pid})${folder === null || folder === undefined ? '' : ` in ${folder}`}`;
}

function parentsOf(process: z.infer<typeof processSchema> | null | undefined): readonly Evidence[] {
  const parents = process?.parents ?? [];
  return parents.length === 0
    ? []
    : [{ name: 'Started by', value: parents.map(({ name, pid }) => `${name} (${pid})`).join(', ') }];
}

function describeBinding(bound: NonNullable<z.infer<typeof elsewhereSchema>['boundTo']>): string {
  return 'executable' in bound ? bound.executable : `what ${bound.name} (process ${bound.pid}) started`;
}
