import { type Command, InvalidArgumentError } from 'commander';
import { type UsageDimension, type UsageRecord, type UsageSummary, usageDimensionSchema } from '#shared/model/usage.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { formatCount, formatMilliseconds, formatMoney, formatTime } from '../format.ts';
import { paintFor, report } from '../output.ts';
import { parseLimit, parseSince } from '../parse.ts';
import { renderTable, safeText } from '../table.ts';
import { addExplainCommand } from './explain.ts';

interface UsageOptions {
  readonly since?: string;
  readonly by?: UsageDimension;
  readonly limit?: number;
}

/** Rows shown when `--limit` does not say: as many as a terminal shows well, and as a script expects. */
const defaultLimits = { people: 25, programs: 1_000 } as const;
const barWidth = 20;

/** Adds `toll usage`. */
export function addUsageCommand(program: Command, cli: Cli): void {
  const command = program
    .command('usage')
    .description('what was used and what it cost')
    .option('--since <span>', 'such as 24h, 7d or 2026-11-22 (default: 7d)', (text) => parseSince(text, cli.now()))
    .option('--by <dimension>', `sum up by ${usageDimensionSchema.options.join(', ')}`, parseDimension)
    .option('--limit <n>', 'at most that many records', parseLimit)
    .action((options: UsageOptions) => usage(cli, options));
  addExplainCommand(command, cli);
}

function parseDimension(text: string): UsageDimension {
  const dimension = usageDimensionSchema.safeParse(text);
  if (!dimension.success) throw new InvalidArgumentError(`One of ${usageDimensionSchema.options.join(', ')}.`);
  return dimension.data;
}

async function usage(cli: Cli, options: UsageOptions): Promise<void> {
  const since = options.since ?? parseSince('7d', cli.now());
  await withControl(cli, async (control) => {
    if (options.by !== undefined) {
      const rows = await control.call('usage.summary', { since, by: options.by });
      return report(cli, rows, () =>
        rows.length === 0 ? 'Nothing was used in that time.' : renderSummary(options.by ?? '', rows),
      );
    }
    const limit = options.limit ?? (cli.json ? defaultLimits.programs : defaultLimits.people);
    const page = await control.call('usage.list', { filter: { since }, offset: 0, limit });
    report(cli, page.records, () => {
      if (page.records.length === 0) return 'Nothing was used in that time.';
      const more =
        page.total > page.records.length
          ? `${page.records.length} of ${formatCount(page.total)} requests; --limit shows more.\n`
          : '';
      return renderRecords(cli, page.records) + more;
    });
  });
}

function renderRecords(cli: Cli, records: readonly UsageRecord[]): string {
  const paint = paintFor(cli);
  return renderTable(records, [
    { title: 'TIME', value: (row) => formatTime(row.startedAt) },
    { title: 'TOOL', value: (row) => safeText(row.tool ?? '\u2013') },
    { title: 'PROVIDER', value: (row) => row.provider ?? '\u2013' },
    { title: 'MODEL', value: (row) => safeText(row.model ?? '\u2013') },
    {
      title: 'STATUS',
      value: (row) =>
        row.outcome === 'ok' ? String(row.status) : paint('red', `${row.status} ${row.errorCode ?? row.outcome}`),
    },
    { title: 'IN', value: (row) => formatCount(row.inputTokens), align: 'right' },
    { title: 'CACHED', value: (row) => formatCount(row.cachedInputTokens), align: 'right' },
    { title: 'OUT', value: (row) => formatCount(row.outputTokens), align: 'right' },
    {
      title: 'COST',
      value: (row) => (row.estimated === true ? '\u2248' : '') + formatMoney(row.costMicroUsd),
      align: 'right',
    },
    { title: 'TOOK', value: (row) => formatMilliseconds(row.latencyMs), align: 'right' },
  ]);
}

/** The table of `--by`, with a bar that compares cost, or requests when nothing cost anything. */
export function renderSummary(dimension: string, rows: readonly UsageSummary[]): string {
  const weigh = rows.some((row) => row.costMicroUsd > 0)
    ? (row: UsageSummary) => row.costMicroUsd
    : (row: UsageSummary) => row.requests;
  const largest = Math.max(1, ...rows.map(weigh));
  return renderTable(rows, [
    { title: dimension.toUpperCase(), value: (row) => safeText(row.key) },
    { title: 'REQUESTS', value: (row) => formatCount(row.requests), align: 'right' },
    { title: 'IN', value: (row) => formatCount(row.inputTokens), align: 'right' },
    { title: 'CACHED', value: (row) => formatCount(row.cachedInputTokens), align: 'right' },
    { title: 'OUT', value: (row) => formatCount(row.outputTokens), align: 'right' },
    {
      title: 'COST',
      value: (row) => `${row.estimatedRequests > 0 ? '\u2248' : ''}${formatMoney(row.costMicroUsd)}`,
      align: 'right',
    },
    { title: 'UNPRICED', value: (row) => formatCount(row.unpricedRequests), align: 'right' },
    { title: '', value: (row) => '\u2588'.repeat(Math.round((weigh(row) / largest) * barWidth)) },
  ]);
}
