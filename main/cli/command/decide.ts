import type { Command } from 'commander';
import type { AccessRequest, Approval, UnusualReason } from '#shared/model/access.ts';
import type { SilencedTool } from '#shared/model/asked-request.ts';
import type { Cli } from '../cli.ts';
import { type ControlClient, withControl } from '../client.ts';
import { findOne } from '../find-one.ts';
import { formatCount, formatDuration, formatMoney, formatRelative } from '../format.ts';
import { paintFor, report } from '../output.ts';
import { renderTable, safeText } from '../table.ts';
import { parseTimeOfDay, secondsUntil } from '../until.ts';
import { type DemandOptions, withDemandOptions } from './options.ts';

const unusualWords: Readonly<Record<UnusualReason, string>> = {
  'changed-program': 'the program was changed',
  'other-program': 'another program than before',
  'wider-scope': 'wants more than before',
  'other-folder': 'outside its usual folders',
};

interface ApproveOptions extends DemandOptions {
  readonly always?: true;
  readonly anyFolder?: true;
  readonly untilLock?: true;
  readonly until?: string;
}

/** Adds `toll requests`, `toll approve`, `toll deny` and `toll listen`. */
export function addDecideCommands(program: Command, cli: Cli): void {
  program
    .command('requests')
    .description('list the requests that wait for an answer, at the prompt and in the inbox')
    .option('--silenced', 'list the tools that are not heard now instead, because they were denied again and again')
    .action((options: { readonly silenced?: true }) => (options.silenced ? listSilenced(cli) : requests(cli)));

  withDemandOptions(program.command('approve').description('allow a waiting request; options narrow it'))
    .argument('<id>', 'the request\u2019s id, the beginning of it, or its code')
    .option('--always', 'also allow it from now on for this tool, program and folder')
    .option('--any-folder', 'with --always: wherever the program runs')
    .option('--until-lock', 'end it when the screen locks')
    .option('--until <time>', 'end it at a time of day, such as 18:00', parseTimeOfDay)
    .action((id: string, options: ApproveOptions) => approve(cli, id, options));

  program
    .command('deny')
    .description('deny a waiting request')
    .argument('<id>', 'the request\u2019s id, the beginning of it, or its code')
    .option('--always', 'also deny it from now on for this tool')
    .action((id: string, options: { readonly always?: true }) => deny(cli, id, options.always === true));

  program
    .command('listen')
    .description('hear a tool again that was silenced')
    .argument('<tool>', 'the tool\u2019s name, or the id from `toll requests --silenced`')
    .action((tool: string) => listen(cli, tool));
}

async function requests(cli: Cli): Promise<void> {
  const waiting = await withControl(cli, (control) => control.call('request.list', {}));
  report(cli, waiting, () => (waiting.length === 0 ? 'No request is waiting.' : renderRequests(cli, waiting)));
}

function renderRequests(cli: Cli, waiting: readonly AccessRequest[]): string {
  const paint = paintFor(cli);
  return renderTable(waiting, [
    { title: 'ID', value: (row) => row.id },
    { title: 'CODE', value: (row) => paint('amber', row.userCode) },
    { title: 'TOOL', value: (row) => `"${safeText(row.tool)}"` },
    { title: 'PROGRAM', value: (row) => safeText(row.process?.executable ?? row.process?.name ?? 'unknown') },
    { title: 'SCOPES', value: (row) => row.scopes.join(' ') },
    { title: 'FOR', value: (row) => formatDuration(row.ttlSeconds), align: 'right' },
    { title: 'USES', value: (row) => formatCount(row.uses), align: 'right' },
    { title: 'BUDGET', value: (row) => formatMoney(row.budgetMicroUsd), align: 'right' },
    { title: 'NO', value: (row) => formatRelative(row.expiresAt, cli.now()) },
    { title: 'WHERE', value: (row) => (row.inbox === null ? 'prompt' : 'inbox') },
    { title: 'UNUSUAL', value: (row) => paint('red', row.unusual.map((reason) => unusualWords[reason]).join(', ')) },
    { title: 'PURPOSE', value: (row) => safeText(row.purpose ?? '') },
  ]);
}

async function approve(cli: Cli, id: string, options: ApproveOptions): Promise<void> {
  const approval: Approval = {
    ...(options.scope ? { scopes: [...options.scope] } : {}),
    ...(options.ttl === undefined ? {} : { ttlSeconds: options.ttl }),
    ...(options.uses === undefined ? {} : { uses: options.uses }),
    ...(options.budget === undefined ? {} : { budgetMicroUsd: options.budget }),
    ...(options.until === undefined ? {} : { ttlSeconds: secondsUntil(options.until, cli.now()) }),
    ...(options.untilLock ? { untilLock: true } : {}),
    ...(options.always ? { always: true } : {}),
    ...(options.anyFolder ? { anyFolder: true } : {}),
  };
  await withControl(cli, async (control) => {
    const request = await findRequest(control, id);
    const answer = await control.call('request.approve', { id: request, approval });
    report(
      cli,
      { id: request, ...answer },
      () => `Allowed; grant ${answer.grantId}. End it with: toll revoke ${answer.grantId}`,
    );
  });
}

async function deny(cli: Cli, id: string, always: boolean): Promise<void> {
  await withControl(cli, async (control) => {
    const request = await findRequest(control, id);
    await control.call('request.deny', { id: request, ...(always ? { always } : {}) });
    report(cli, { id: request }, () => 'Denied.');
  });
}

async function listSilenced(cli: Cli): Promise<void> {
  const silenced = await withControl(cli, (control) => control.call('request.silenced', {}));
  report(cli, silenced, () => (silenced.length === 0 ? 'Every tool is heard.' : renderSilenced(cli, silenced)));
}

function renderSilenced(cli: Cli, silenced: readonly SilencedTool[]): string {
  return renderTable(silenced, [
    { title: 'ID', value: (row) => row.id },
    { title: 'TOOL', value: (row) => `"${safeText(row.tool)}"` },
    { title: 'PROGRAM', value: (row) => safeText(row.executable ?? 'unknown') },
    { title: 'HEARD', value: (row) => formatRelative(row.until, cli.now()) },
    { title: 'REFUSED', value: (row) => formatCount(row.refused), align: 'right' },
  ]);
}

async function listen(cli: Cli, tool: string): Promise<void> {
  await withControl(cli, (control) => control.call('request.listen', { id: tool }));
  report(cli, { tool }, () => `${safeText(tool)} is heard again.`);
}

/** The id of a waiting request; one that waits no more is passed on, so that control can say what became of it. */
async function findRequest(control: ControlClient, text: string): Promise<string> {
  const waiting = await control.call('request.list', {});
  const byCode = waiting.find((request) => normaliseCode(request.userCode) === normaliseCode(text));
  if (byCode) return byCode.id;
  return waiting.some((request) => request.id.startsWith(text)) ? findOne(waiting, text, 'request').id : text;
}

function normaliseCode(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
