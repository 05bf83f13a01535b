import type { IpcOperation } from '#shared/contract/ipc.ts';
import type { OperationArguments, OperationInput, OperationOutput } from '#shared/contract/operations.ts';
import { operations } from '#shared/contract/operations.ts';
import type { ChangeTopic } from '#shared/contract/status.ts';
import type { Alias } from '#shared/model/alias.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { LimitDraft, LimitStatus } from '#shared/model/limit.ts';
import { amountOf, limitKey, usualWarnings } from '#shared/model/limit.ts';
import { before } from './window-data.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** The status of a limit that nothing was used of. */
export function freshLimit(id: string, draft: LimitDraft, now: number): LimitStatus {
  const { subject, rule } = draft;
  const allowed = amountOf(rule);
  const period = rule.kind === 'budget' ? rule.period : null;
  const midnight = new Date(now).setHours(24, 0, 0, 0);
  return {
    ...{ id, subject, rule, allowed },
    warnAt: [...(draft.warnAt ?? (period === null ? [] : usualWarnings))],
    createdAt: before(now, 0),
    createdBy: 'dashboard',
    ...{ used: 0, running: 0, left: allowed, percent: 0, warned: null, topUpMicroUsd: 0 },
    windowStartedAt: period === null || period === 'request' ? null : before(now, 9 * hour),
    resetsAt: period === 'day' ? new Date(midnight).toISOString() : period === 'month' ? before(now, -12 * day) : null,
  };
}

function used(limit: LimitStatus, amount: number, running = 0): LimitStatus {
  const { allowed } = limit;
  const all = amount + running;
  const percent = Math.round((all / allowed) * 100);
  const warned = limit.warnAt.findLast((share) => share <= percent) ?? null;
  return { ...limit, used: amount, running, left: Math.max(0, allowed - all), percent, warned };
}

/** Limits of every kind: half used, nearly spent, spent, topped up, and rates. */
export function fakeLimits(now: number): readonly LimitStatus[] {
  const make = (id: string, subject: LimitDraft['subject'], rule: LimitDraft['rule']): LimitStatus =>
    freshLimit(id, { subject, rule }, now);
  const everything = { kind: 'everything' } as const;
  const claude = { kind: 'tool', tool: 'Claude Code' } as const;
  const codex = { kind: 'tool', tool: 'Codex' } as const;
  const key = { kind: 'credential', credentialId: 'cred_openai' } as const;
  const topped = make('lim_codex', codex, { kind: 'budget', amountMicroUsd: 5_000_000, period: 'day' });
  return [
    used(
      make('lim_day', everything, { kind: 'budget', amountMicroUsd: 10_000_000, period: 'day' }),
      3_310_000,
      100_000,
    ),
    used(make('lim_month', everything, { kind: 'budget', amountMicroUsd: 100_000_000, period: 'month' }), 86_200_000),
    used(make('lim_streams', everything, { kind: 'concurrent-streams', amount: 8 }), 0, 2),
    make('lim_request', claude, { kind: 'budget', amountMicroUsd: 1_000_000, period: 'request' }),
    used(make('lim_rate', claude, { kind: 'requests-per-minute', amount: 60 }), 12, 1),
    used({ ...topped, allowed: 7_000_000, topUpMicroUsd: 2_000_000 }, 7_000_000),
    used(make('lim_tokens', key, { kind: 'tokens-per-minute', amount: 200_000 }), 41_300),
  ];
}

/** Two aliases: one with a fall-back, one whose first model has no key. */
export function fakeAliases(now: number): readonly Alias[] {
  const base = {
    timeouts: {},
    fallbackOn: ['429', '5xx', 'connection', 'timeout'],
    createdAt: before(now, 9 * day),
    updatedAt: before(now, day),
  } satisfies Partial<Alias>;
  return [
    {
      ...base,
      name: 'fast',
      targets: [
        { provider: 'groq', model: 'llama-4-maverick' },
        { provider: 'anthropic', model: 'claude-haiku-5' },
        { provider: 'openai', model: 'gpt-5-mini' },
      ],
      timeouts: { firstByteMs: 5_000 },
    },
    { ...base, name: 'cheap', targets: [{ provider: 'openai', model: 'gpt-5-mini' }] },
  ];
}

type RuleOperation = Extract<IpcOperation, `limit.${string}` | `alias.${string}`>;
type RuleHandlers = { [N in RuleOperation]: (input: OperationInput<N>) => OperationOutput<N> };

function parse<N extends RuleOperation>(name: N, input: OperationInput<N>): OperationArguments<N> {
  return operations[name].input.parse(input) as OperationArguments<N>;
}

/** Limits and aliases that can be set and removed. */
export function createRuleHandlers(
  { mode, now }: { readonly mode: 'full' | 'empty'; readonly now: number },
  changed: (...topics: readonly ChangeTopic[]) => void,
): RuleHandlers {
  let limits = mode === 'full' ? fakeLimits(now) : [];
  let aliases = mode === 'full' ? fakeAliases(now) : [];
  const keep = (limit: LimitStatus): LimitStatus => {
    limits = [...limits.filter(({ id }) => id !== limit.id), limit];
    changed('limits');
    return limit;
  };
  return {
    'limit.list': () => [...limits],
    'limit.set': (input) => {
      const draft = parse('limit.set', input);
      const known = limits.find((limit) => limitKey(limit) === limitKey(draft));
      const fresh = freshLimit(known?.id ?? `lim_${limits.length + 100}`, draft, now);
      return keep(used(fresh, known?.used ?? 0));
    },
    'limit.remove': ({ id }) => {
      limits = limits.filter((limit) => limit.id !== id);
      changed('limits');
      return {};
    },
    'limit.topUp': ({ id, amountMicroUsd }) => {
      const limit = limits.find((each) => each.id === id);
      if (limit === undefined) throw new TollkeeperError('not_found');
      const topped = {
        ...limit,
        allowed: limit.allowed + amountMicroUsd,
        topUpMicroUsd: limit.topUpMicroUsd + amountMicroUsd,
      };
      return keep(used(topped, limit.used));
    },
    'alias.list': () => [...aliases],
    'alias.set': (input) => {
      const draft = parse('alias.set', input);
      const known = aliases.find(({ name }) => name === draft.name);
      const alias: Alias = { ...draft, createdAt: known?.createdAt ?? before(now, 0), updatedAt: before(now, 0) };
      aliases = [...aliases.filter(({ name }) => name !== draft.name), alias];
      changed('aliases');
      return { alias, unlisted: [] };
    },
    'alias.remove': ({ name }) => {
      aliases = aliases.filter((alias) => alias.name !== name);
      changed('aliases');
      return {};
    },
  };
}
