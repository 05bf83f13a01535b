import type { Command } from 'commander';
import type { AccessRequest, Approval } from '#shared/model/access.ts';
import type { Cli } from '../cli.ts';
import { type ControlClient, withControl } from '../client.ts';
import { findOne } from '../find-one.ts';
import { formatCount, formatDuration, formatMoney, formatRelative } from '../format.ts';
import { paintFor, report } from '../output.ts';
import { renderTable, safeText } from '../table.ts';
import { type DemandOptions, withDemandOptions } from './options.ts';

interface ApproveOptions extends DemandOptions {
  readonly always?: true;
  readonly untilLock?: true;
}

/** Adds `toll requests`, `toll approve` and `toll deny`. */
export function addDecideCommands(program: Command, cli: Cli): void {
  program
    .command('requests')
    .description('list the requests that wait for an answer')
    .action(() => requests(cli));

  withDemandOptions(program.command('approve').description('allow a waiting request; options narrow it'))
    .argument('<id>', 'the request\u2019s id, the beginning of it, or its code')
    .option('--always', 'also allow it from now on for this tool, program and folder')
    .option('--until-lock', 'end it when the screen locks')
    .action((id: string, options: ApproveOptions) => approve(cli, id, options));

  program
    .command('deny')
    .description('deny a waiting request')
    .argument('<id>', 'the request\u2019s id, the beginning of it, or its code')
    .option('--always', 'also deny it from now on for this tool')
    .action((id: string, options: { readonly always?: true }) => deny(cli, id, options.always === true));
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
    { title: 'PURPOSE', value: (row) => safeText(row.purpose ?? '') },
  ]);
}

async function approve(cli: Cli, id: string, options: ApproveOptions): Promise<void> {
  const approval: Approval = {
    ...(options.scope ? { scopes: [...options.scope] } : {}),
    ...(options.ttl === undefined ? {} : { ttlSeconds: options.ttl }),
    ...(options.uses === undefined ? {} : { uses: options.uses }),
    ...(options.budget === undefined ? {} : { budgetMicroUsd: options.budget }),
    ...(options.untilLock ? { untilLock: true } : {}),
    ...(options.always ? { always: true } : {}),
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
