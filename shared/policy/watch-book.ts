import type { AuditEntry } from '../model/audit.ts';
import type { UsageRecord } from '../model/usage.ts';
import type { UsageGroup } from '../model/usage-group.ts';
import { localMinute } from './describe-limit.ts';
import { signOfEntry } from './watch-audit.ts';
import { RecentCount } from './watch-count.ts';
import { thresholdOf, type WatchSettings } from './watch-settings.ts';
import { counted, quoted, type Sign } from './watch-sign.ts';
import { type HourSum, ToolPast, type UsedModel } from './watch-tool.ts';

/** What the ledger knows of one tool's past. */
export interface KnownTool {
  readonly tool: string;
  /** In order. */
  readonly hours: readonly HourSum[];
  readonly models: readonly UsedModel[];
}

/** What is known of the token of a refused call. */
export interface RefusedToken {
  readonly tokenId: string;
  readonly grantId: string;
  readonly tool: string;
  /** When it, or its grant, ended, in milliseconds since the epoch; null while both live. */
  readonly endedAt: number | null;
  /** As `Grant.endedBy`, or `revoked` for the token alone. */
  readonly endedBy: string | null;
}

/** Answers to what only a few rows make necessary to ask. */
export interface WatchLookUps {
  /** What is known of the token of a call that was refused for it. */
  refusedToken(tokenId: string): RefusedToken | null;
  /** How many calls a grant was for; null for no limit. */
  uses(grantId: string): number | null;
}

/** Tools whose past is kept; of those that were not heard of longest, it is forgotten. */
const keptTools = 500;
const minuteMs = 60_000;

/** Ends of a grant after which nobody has reason to go on. A grant that has run out, is spent or ended with the screen's lock is no alarm. */
const alarmingEnds = /^(?:revoked|panic|run-exited|watch|refresh-token|authorization-code)/;

/** Whose no counts: what a standing policy answers, the owner knows already. */
const persons: ReadonlySet<string> = new Set(['prompt', 'tray', 'dashboard', 'cli']);

const refusedTokenCodes: ReadonlySet<string | null> = new Set(['invalid_token', 'token_in_query']);

/**
 * Everything irregular is noticed here, from the rows of the ledger and the entries of the audit log, one by one as they come. It
 * decides nothing and knows no clock; it keeps at most so many tools, and what it keeps of one is bounded.
 */
export class WatchBook {
  readonly #tools = new Map<string, ToolPast>();
  readonly #beyondScope = new Map<string, RecentCount>();
  readonly #denials = new Map<string, RecentCount>();
  #refusedTokens = new RecentCount();

  /** Takes in what the ledger knows; tools that are known already stay as they are. */
  load(tools: readonly KnownTool[]): void {
    for (const { tool, hours, models } of tools)
      if (!this.#tools.has(tool)) keep(this.#tools, tool, new ToolPast(tool, hours, models));
  }

  /** Takes in rows that share what a group shares. */
  count(group: UsageGroup, settings: WatchSettings, lookUp: WatchLookUps): readonly Sign[] {
    const { outcome, tool } = group.shared;
    if (outcome === 'denied') return group.records().flatMap((record) => this.#countRefused(record, settings, lookUp));
    if (tool === null) return [];
    const past = this.#tools.get(tool) ?? new ToolPast(tool, [], []);
    keep(this.#tools, tool, past);
    return past.count(group, settings);
  }

  /** Takes in one entry of the audit log. */
  hear(entry: AuditEntry, settings: WatchSettings): readonly Sign[] {
    if (entry.event === 'access-denied') return this.#hearDenial(entry, settings);
    const sign = signOfEntry(entry);
    return sign === null ? [] : [sign];
  }

  #countRefused(record: UsageRecord, settings: WatchSettings, lookUp: WatchLookUps): readonly Sign[] {
    if (refusedTokenCodes.has(record.errorCode)) {
      const token = record.tokenId === null ? null : lookUp.refusedToken(record.tokenId);
      return [...revokedToken(record, token, settings), ...this.#countRefusedToken(record, settings)];
    }
    if (record.errorCode === 'token_already_used') return reusedToken(record, settings, lookUp);
    return record.errorCode === 'insufficient_scope' ? this.#countBeyondScope(record, settings) : [];
  }

  #countRefusedToken(record: UsageRecord, settings: WatchSettings): readonly Sign[] {
    const rule = 'many-refused-tokens';
    const count = thresholdOf(settings, rule, 'count');
    const at = Date.parse(record.startedAt);
    const first = this.#refusedTokens.add(at, { count, spanMs: thresholdOf(settings, rule, 'minutes') * minuteMs });
    if (first === null) return [];
    return [
      signOf(record, {
        ...{ rule, about: '', tool: null, grantId: null },
        sentence: `${counted(count, 'call')} came without a live token since ${localMinute(first)}.`,
        evidence: [
          { name: 'First', value: localMinute(first) },
          { name: 'Last', value: localMinute(at) },
          { name: 'Last call', value: record.endpoint },
        ],
      }),
    ];
  }

  #countBeyondScope(record: UsageRecord, settings: WatchSettings): readonly Sign[] {
    const { tool } = record;
    if (tool === null) return [];
    const rule = 'beyond-scope';
    const counter = this.#beyondScope.get(tool) ?? new RecentCount();
    keep(this.#beyondScope, tool, counter);
    const count = thresholdOf(settings, rule, 'count');
    const at = Date.parse(record.startedAt);
    const first = counter.add(at, { count, spanMs: thresholdOf(settings, rule, 'minutes') * minuteMs });
    if (first === null) return [];
    return [
      signOf(record, {
        ...{ rule, about: '' },
        sentence: `${quoted(tool)} made ${counted(count, 'call')} that its token does not allow.`,
        evidence: [
          { name: 'Since', value: localMinute(first) },
          { name: 'Last call', value: `${record.endpoint}${record.model === null ? '' : ` with ${record.model}`}` },
        ],
      }),
    ];
  }

  #hearDenial(entry: AuditEntry, settings: WatchSettings): readonly Sign[] {
    const { tool } = entry.detail;
    if (typeof tool !== 'string' || !persons.has(entry.actor)) return [];
    const rule = 'denied-again';
    const counter = this.#denials.get(tool) ?? new RecentCount();
    keep(this.#denials, tool, counter);
    const count = thresholdOf(settings, rule, 'count');
    const first = counter.add(Date.parse(entry.at), {
      ...{ count, spanMs: thresholdOf(settings, rule, 'minutes') * minuteMs },
    });
    if (first === null) return [];
    return [
      {
        ...{ rule, tool, about: '', at: Date.parse(entry.at), requestId: null, grantId: null },
        auditSequence: entry.sequence,
        sentence: `${quoted(tool)} was denied ${counted(count, 'time')} and asked again.`,
        evidence: [
          { name: 'Since', value: localMinute(first) },
          { name: 'Denied by', value: entry.actor },
        ],
      },
    ];
  }
}

function revokedToken(record: UsageRecord, token: RefusedToken | null, settings: WatchSettings): readonly Sign[] {
  const rule = 'revoked-token-used';
  const at = Date.parse(record.startedAt);
  if (token?.endedAt === undefined || token.endedAt === null || !alarmingEnds.test(token.endedBy ?? '')) return [];
  if (at < token.endedAt + thresholdOf(settings, rule, 'grace') * 1_000) return [];
  return [
    signOf(record, {
      ...{ rule, about: token.tokenId, tool: token.tool, grantId: token.grantId },
      sentence: `A token of ${quoted(token.tool)} was used after its access had ended.`,
      evidence: [
        { name: 'Ended', value: `${localMinute(token.endedAt)} (${token.endedBy})` },
        { name: 'Used', value: localMinute(at) },
        { name: 'Token', value: token.tokenId },
        { name: 'Call', value: record.endpoint },
      ],
    }),
  ];
}

function reusedToken(record: UsageRecord, settings: WatchSettings, lookUp: WatchLookUps): readonly Sign[] {
  const uses = record.grantId === null ? null : lookUp.uses(record.grantId);
  if (uses === null || uses > thresholdOf(settings, 'single-use-token-reused', 'uses')) return [];
  return [
    signOf(record, {
      ...{ rule: 'single-use-token-reused', about: record.grantId ?? '' },
      sentence: `A token of ${quoted(record.tool)} for ${counted(uses, 'call')} was used once more.`,
      evidence: [
        { name: 'Used', value: localMinute(Date.parse(record.startedAt)) },
        { name: 'Token', value: record.tokenId ?? 'unknown' },
        { name: 'Call', value: record.endpoint },
      ],
    }),
  ];
}

function signOf(
  record: UsageRecord,
  sign: Pick<Sign, 'rule' | 'about' | 'sentence' | 'evidence'> & Partial<Sign>,
): Sign {
  const { requestId, grantId, tool, startedAt } = record;
  return { requestId, grantId, tool, at: Date.parse(startedAt), auditSequence: null, ...sign };
}

/** Puts the entry at the end and drops the one that was not put there for longest when there are too many. */
function keep<T>(entries: Map<string, T>, key: string, value: T): void {
  entries.delete(key);
  entries.set(key, value);
  if (entries.size <= keptTools) return;
  const oldest = entries.keys().next();
  if (oldest.done !== true) entries.delete(oldest.value);
}
