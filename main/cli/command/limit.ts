import { type Command, Option } from 'commander';
import { TollkeeperError } from '#shared/model/error.ts';
import { budgetPeriodSchema, type LimitRule, type LimitStatus, type LimitSubject } from '#shared/model/limit.ts';
import { describeRule, describeSubject } from '#shared/policy/describe-limit.ts';
import type { Cli } from '../cli.ts';
import { type ControlClient, withControl } from '../client.ts';
import { findOne } from '../find-one.ts';
import { formatCount, formatMoney, formatRelative } from '../format.ts';
import { paintFor, report, type Tone } from '../output.ts';
import { parseBudget, parseCount, parsePercents } from '../parse.ts';
import { renderTable, safeText } from '../table.ts';

interface SubjectOptions {
  readonly tool?: string;
  readonly credential?: string;
  readonly everything?: true;
}

interface SetOptions extends SubjectOptions {
  readonly budget?: number;
  readonly per?: string;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly streams?: number;
  readonly warnAt?: readonly number[];
}

/** Adds `toll limit` with `list`, `set` and `remove`, and `toll top-up`. */
export function addLimitCommands(program: Command, cli: Cli): void {
  const limit = program.command('limit').description('standing limits on money and rates: list, set, remove');

  limit
    .command('list')
    .description('list the limits, what is used of each and when it begins anew')
    .action(() => listLimits(cli));

  limit
    .command('set')
    .description('limit a tool, a key or everything; setting the same limit again changes it')
    .option('--tool <name>', 'for one tool')
    .option('--credential <id>', 'for one provider key')
    .option('--everything', 'for all calls together')
    .option('--budget <dollars>', 'how much may be spent, such as 5 or 2.50', parseBudget)
    .addOption(
      new Option('--per <period>', 'how long a budget lasts; once counts from now on and never begins anew')
        .choices(budgetPeriodSchema.options)
        .default('day'),
    )
    .option('--requests-per-minute <n>', 'how many requests in any minute', parseCount)
    .option('--tokens-per-minute <n>', 'how many tokens, read and written, in any minute', parseCount)
    .option('--streams <n>', 'how many streams at once', parseCount)
    .option('--warn-at <percents>', 'when to warn of a budget, such as 50,80,95', parsePercents)
    .addHelpText('after', '\nExample: toll limit set --tool codex --budget 5 --per day --requests-per-minute 60')
    .action((options: SetOptions) => setLimits(cli, options));

  limit
    .command('remove')
    .description('remove a limit')
    .argument('<id>', 'the limit\u2019s id, or the beginning of it')
    .action((id: string) => removeLimit(cli, id));

  program
    .command('top-up')
    .description('add money to a live grant\u2019s budget, or to a limit\u2019s budget until it begins anew')
    .argument('<id>', 'the grant\u2019s or limit\u2019s id, or the beginning of it')
    .requiredOption('--budget <dollars>', 'how much to add, such as 2.50', parseBudget)
    .action((id: string, options: { readonly budget: number }) => topUp(cli, id, options.budget));
}

async function listLimits(cli: Cli): Promise<void> {
  const limits = await withControl(cli, (control) => control.call('limit.list', {}));
  report(cli, limits, () =>
    limits.length === 0
      ? 'There is no limit. Set one with: toll limit set --everything --budget 10 --per day'
      : renderLimits(cli, limits),
  );
}

function renderLimits(cli: Cli, limits: readonly LimitStatus[]): string {
  const paint = paintFor(cli);
  const amount = (row: LimitStatus, value: number): string =>
    row.rule.kind === 'budget' ? formatMoney(value) : formatCount(value);
  const isPerRequest = (row: LimitStatus): boolean => row.rule.kind === 'budget' && row.rule.period === 'request';
  return renderTable(limits, [
    { title: 'ID', value: (row) => row.id },
    { title: 'FOR', value: (row) => safeText(describeSubject(row.subject)) },
    { title: 'LIMIT', value: (row) => describeRule(row.rule) },
    { title: 'ADDED', value: (row) => (row.topUpMicroUsd === 0 ? '' : formatMoney(row.topUpMicroUsd)), align: 'right' },
    { title: 'USED', value: (row) => (isPerRequest(row) ? '' : amount(row, row.used)), align: 'right' },
    { title: 'LEFT', value: (row) => (isPerRequest(row) ? '' : amount(row, row.left)), align: 'right' },
    { title: '%', value: (row) => (isPerRequest(row) ? '' : paint(toneOf(row), String(row.percent))), align: 'right' },
    { title: 'ANEW', value: (row) => (row.resetsAt === null ? '' : formatRelative(row.resetsAt, cli.now())) },
    { title: 'WARNS AT', value: (row) => row.warnAt.map((percent) => `${percent}%`).join(' ') },
  ]);
}

function toneOf({ percent, warned }: LimitStatus): Tone {
  if (percent >= 100) return 'red';
  return warned === null ? 'green' : 'amber';
}

async function setLimits(cli: Cli, options: SetOptions): Promise<void> {
  const subject = subjectOf(options);
  const rules = rulesOf(options);
  if (rules.length === 0)
    throw new TollkeeperError(
      'wrong_usage',
      'Say what to limit: --budget, --requests-per-minute, --tokens-per-minute or --streams.',
    );
  const set = await withControl(cli, async (control) => {
    const named = await withWholeId(control, subject);
    const done: LimitStatus[] = [];
    for (const rule of rules) {
      const warnAt = rule.kind === 'budget' && options.warnAt !== undefined ? { warnAt: [...options.warnAt] } : {};
      done.push(await control.call('limit.set', { subject: named, rule, ...warnAt }));
    }
    return done;
  });
  report(cli, set, () =>
    set
      .map(({ id, rule, subject: whose }) => `${id}: ${describeRule(rule)} for ${safeText(describeSubject(whose))}.`)
      .join('\n'),
  );
}

function subjectOf({ tool, credential, everything }: SubjectOptions): LimitSubject {
  const subjects: LimitSubject[] = [
    ...(tool === undefined ? [] : [{ kind: 'tool', tool } as const]),
    ...(credential === undefined ? [] : [{ kind: 'credential', credentialId: credential } as const]),
    ...(everything === undefined ? [] : [{ kind: 'everything' } as const]),
  ];
  const [subject] = subjects;
  if (subject === undefined || subjects.length > 1)
    throw new TollkeeperError('wrong_usage', 'Say whose calls to limit: one of --tool, --credential or --everything.');
  return subject;
}

function rulesOf(options: SetOptions): readonly LimitRule[] {
  const period = budgetPeriodSchema.parse(options.per ?? 'day');
  const { budget, requestsPerMinute, tokensPerMinute, streams } = options;
  return [
    ...(budget === undefined ? [] : [{ kind: 'budget', amountMicroUsd: budget, period } as const]),
    ...(requestsPerMinute === undefined ? [] : [{ kind: 'requests-per-minute', amount: requestsPerMinute } as const]),
    ...(tokensPerMinute === undefined ? [] : [{ kind: 'tokens-per-minute', amount: tokensPerMinute } as const]),
    ...(streams === undefined ? [] : [{ kind: 'concurrent-streams', amount: streams } as const]),
  ];
}

async function withWholeId(control: ControlClient, subject: LimitSubject): Promise<LimitSubject> {
  if (subject.kind !== 'credential') return subject;
  const key = findOne(await control.call('credential.list', {}), subject.credentialId, 'key');
  return { ...subject, credentialId: key.id };
}

async function removeLimit(cli: Cli, id: string): Promise<void> {
  await withControl(cli, async (control) => {
    const limit = findOne(await control.call('limit.list', {}), id, 'limit');
    await control.call('limit.remove', { id: limit.id });
    report(cli, { id: limit.id }, () => `Removed ${limit.id}.`);
  });
}

async function topUp(cli: Cli, id: string, amountMicroUsd: number): Promise<void> {
  await withControl(cli, async (control) => {
    const limits = await control.call('limit.list', {});
    const grants = await control.call('grant.list', { includeEnded: true, limit: 1_000 });
    const target = findOne([...limits, ...grants], id, 'limit or grant');
    if (limits.some((limit) => limit.id === target.id)) {
      const limit = await control.call('limit.topUp', { id: target.id, amountMicroUsd });
      report(cli, limit, () => `Added ${formatMoney(amountMicroUsd)}: ${formatMoney(limit.left)} are left.`);
      return;
    }
    const grant = await control.call('grant.topUp', { id: target.id, amountMicroUsd });
    report(
      cli,
      grant,
      () => `Added ${formatMoney(amountMicroUsd)}: ${formatMoney(grant.budgetLeftMicroUsd)} are left.`,
    );
  });
}
