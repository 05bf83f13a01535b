import type { Command } from 'commander';
import type { Grant } from '#shared/model/access.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { findOne } from '../find-one.ts';
import { formatCount, formatMoney, formatRelative } from '../format.ts';
import { paintFor, report } from '../output.ts';
import { parseLimit } from '../parse.ts';
import { renderTable, safeText } from '../table.ts';

interface GrantsOptions {
  readonly active?: true;
  readonly limit: number;
}

/** Adds `toll grants`, `toll revoke` and `toll panic`. */
export function addGrantCommands(program: Command, cli: Cli): void {
  program
    .command('grants')
    .description('list what was allowed: live grants first, then ended ones')
    .option('--active', 'only live ones')
    .option('--limit <n>', 'at most that many', parseLimit, 100)
    .action((options: GrantsOptions) => grants(cli, options));

  program
    .command('revoke')
    .description('end a grant, or one token; open streams are cut')
    .argument('<id>', 'the grant\u2019s id, the beginning of it, or a token\u2019s id')
    .action((id: string) => revoke(cli, id));

  program
    .command('panic')
    .description('end every grant, deny every waiting request, cut every open stream, put the keys away and pause')
    .action(() => panic(cli));
}

async function grants(cli: Cli, options: GrantsOptions): Promise<void> {
  const input = { includeEnded: options.active !== true, limit: Math.min(options.limit, 1_000) };
  const found = await withControl(cli, (control) => control.call('grant.list', input));
  report(cli, found, () => {
    if (found.length === 0) return options.active ? 'No grant is active.' : 'Nothing was granted yet.';
    return renderGrants(
      cli,
      [...found].sort((first, second) => Number(isEnded(first)) - Number(isEnded(second))),
    );
  });
}

function isHandedOn({ parentGrantId }: Grant): boolean {
  return parentGrantId !== null;
}

function isEnded(grant: Grant): boolean {
  return grant.status === 'ended';
}

/** A grant that was handed on is named after who got it as well. */
function nameOf({ tool, delegate }: Grant): string {
  return delegate === null ? tool : `${tool} \u203A ${delegate}`;
}

function renderGrants(cli: Cli, rows: readonly Grant[]): string {
  const paint = paintFor(cli);
  const now = cli.now();
  return renderTable(rows, [
    { title: 'ID', value: (row) => row.id },
    { title: 'TOOL', value: (row) => safeText(nameOf(row)) },
    { title: 'STATUS', value: (row) => (isEnded(row) ? paint('dim', 'ended') : paint('green', 'active')) },
    {
      title: 'ENDS',
      value: (row) => (isEnded(row) ? formatRelative(row.endedAt, now) : formatRelative(row.expiresAt, now)),
    },
    { title: 'BY', value: (row) => row.endedBy ?? '' },
    { title: 'USES LEFT', value: (row) => formatCount(row.usesLeft), align: 'right' },
    { title: 'BUDGET LEFT', value: (row) => formatMoney(row.budgetLeftMicroUsd), align: 'right' },
    { title: 'SPENT', value: (row) => formatMoney(row.spentMicroUsd), align: 'right' },
    { title: 'SCOPES', value: (row) => row.scopes.join(' ') },
    ...(rows.some(isHandedOn) ? [{ title: 'FROM', value: (row: Grant) => row.parentGrantId ?? '' }] : []),
  ]);
}

async function revoke(cli: Cli, id: string): Promise<void> {
  await withControl(cli, async (control) => {
    const live = await control.call('grant.list', { includeEnded: false, limit: 1_000 });
    const target = live.some((grant) => grant.id.startsWith(id)) ? findOne(live, id, 'grant').id : id;
    await control.call('grant.revoke', { id: target });
    report(cli, { id: target }, () => `Ended ${target}.`);
  });
}

async function panic(cli: Cli): Promise<void> {
  const done = await withControl(cli, (control) => control.call('panic', {}));
  report(cli, done, () =>
    [
      `Ended ${done.grantsEnded} grants, denied ${done.requestsDenied} requests and cut ${done.callsCut} calls (${done.streamsCut} streams) in ${done.durationMs} ms.`,
      ...(done.gatewayAnswered ? [] : ['The gateway did not answer, so it was killed and starts afresh.']),
      'The gateway has no keys now. It gets them back when you next approve a request, or with: toll resume',
    ].join('\n'),
  );
}
