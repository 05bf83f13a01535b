import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Policy, type PolicyDraft, policySchema, tokenLifetime } from '#shared/model/access.ts';
import type { PolicySuggestion } from '#shared/model/asked-request.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { findOne } from '../find-one.ts';
import { formatCount, formatDuration, formatMoney, formatRelative } from '../format.ts';
import { paintFor, report } from '../output.ts';
import { parseCount } from '../parse.ts';
import { type Column, renderTable, safeText } from '../table.ts';
import { type DemandOptions, withDemandOptions } from './options.ts';

interface SuggestOptions {
  readonly days: number;
  readonly add?: number;
}

/** Days that suggestions look back unless told otherwise, and at most. */
const reportDays = 30;
const mostDays = 90;

function parseDays(text: string): number {
  const days = parseCount(text);
  if (days > mostDays) throw new InvalidArgumentError(`Write a whole number from 1 to ${mostDays}.`);
  return days;
}

interface AddOptions extends DemandOptions {
  readonly tool: string;
  readonly executable?: string;
  readonly pin?: true;
  readonly folder?: string;
}

/** Adds `toll policy` with `list`, `add`, `remove` and `suggest`. */
export function addPolicyCommands(program: Command, cli: Cli): void {
  const policy = program.command('policy').description('standing decisions: list, add, remove, suggest');

  policy
    .command('list')
    .description('list the standing decisions')
    .action(() => listPolicies(cli));

  withDemandOptions(policy.command('add').description('always allow, or always deny, a tool a scope'))
    .argument('<effect>', 'allow or deny')
    .requiredOption('--tool <name>', 'the tool\u2019s name')
    .addOption(new Option('--executable <path>', 'only for this program'))
    .addOption(new Option('--pin', 'with --executable: only with its contents of today'))
    .addOption(new Option('--folder <path>', 'only in this working folder'))
    .action((effect: string, options: AddOptions, command: Command) => addPolicy(cli, { effect, options, command }));

  policy
    .command('remove')
    .description('remove a standing decision')
    .argument('<id>', 'the policy\u2019s id, or the beginning of it')
    .action((id: string) => removePolicy(cli, id));

  policy
    .command('suggest')
    .description('show which policies would have saved you most questions')
    .option('--days <n>', 'look back so many days', parseDays, reportDays)
    .option('--add <n>', 'add the n-th of them', parseCount)
    .action((options: SuggestOptions) => suggest(cli, options));
}

async function listPolicies(cli: Cli): Promise<void> {
  const policies = await withControl(cli, (control) => control.call('policy.list', {}));
  report(cli, policies, () =>
    policies.length === 0 ? 'There is no standing decision.' : renderPolicies(cli, policies),
  );
}

/** What a standing decision allows, whether it stands or is only suggested. */
const draftColumns: readonly Column<PolicyDraft>[] = [
  { title: 'TOOL', value: (row) => safeText(row.tool) },
  { title: 'SCOPES', value: (row) => row.scopes.join(' ') },
  { title: 'FOR', value: (row) => formatDuration(row.ttlSeconds), align: 'right' },
  { title: 'USES', value: (row) => formatCount(row.uses), align: 'right' },
  { title: 'BUDGET', value: (row) => formatMoney(row.budgetMicroUsd), align: 'right' },
  { title: 'PROGRAM', value: (row) => programOf(row) },
  { title: 'FOLDER', value: (row) => safeText(row.folder ?? 'any') },
];

function renderPolicies(cli: Cli, policies: readonly Policy[]): string {
  const paint = paintFor(cli);
  return renderTable(policies, [
    { title: 'ID', value: (row) => row.id },
    { title: 'EFFECT', value: (row) => paint(row.effect === 'allow' ? 'green' : 'red', row.effect) },
    ...draftColumns,
    { title: 'ADDED', value: (row) => formatRelative(row.createdAt, cli.now()) },
  ]);
}

function programOf({ executable, executableHash, speaker }: PolicyDraft): string {
  const by = speaker === undefined ? '' : ` for ${safeText(speaker)}`;
  if (executable === null) return `any${by}`;
  const contents = executableHash === null ? '' : ` (sha256 ${executableHash.slice(0, 12)}…)`;
  return `${safeText(executable)}${contents}${by}`;
}

async function addPolicy(
  cli: Cli,
  { effect, options, command }: { readonly effect: string; readonly options: AddOptions; readonly command: Command },
): Promise<void> {
  const decidedEffect = policySchema.shape.effect.safeParse(effect);
  if (!decidedEffect.success) throw new TollkeeperError('wrong_usage', 'The effect is allow or deny.');
  if (options.pin && options.executable === undefined)
    throw new TollkeeperError('wrong_usage', '--pin needs --executable, to name the program whose contents count.');
  const scopes = options.scope ?? command.error("error: required option '--scope <scope>' not specified");
  const draft = {
    effect: decidedEffect.data,
    tool: options.tool,
    scopes: [...scopes],
    executable: options.executable ?? null,
    executableHash: options.pin && options.executable ? await hashFile(options.executable) : null,
    folder: options.folder ?? null,
    ttlSeconds: options.ttl ?? tokenLifetime.defaultSeconds,
    uses: options.uses ?? null,
    budgetMicroUsd: options.budget ?? null,
  };
  const added = await withControl(cli, (control) => control.call('policy.add', draft));
  report(cli, added, () => `Added ${added.id}: ${added.effect} "${safeText(added.tool)}" ${added.scopes.join(' ')}.`);
}

async function suggest(cli: Cli, { days, add }: SuggestOptions): Promise<void> {
  await withControl(cli, async (control) => {
    const { suggestions } = await control.call('approval.report', { days });
    if (add === undefined)
      return report(cli, suggestions, () =>
        suggestions.length === 0
          ? 'No policy would have saved three questions or more.'
          : renderSuggestions(suggestions),
      );
    const chosen = suggestions[add - 1];
    if (chosen === undefined) throw new TollkeeperError('not_found', `There are ${suggestions.length} suggestions.`);
    const added = await control.call('policy.add', chosen.draft);
    report(cli, added, () => `Added ${added.id}. Take it back with: toll policy remove ${added.id}`);
  });
}

function renderSuggestions(suggestions: readonly PolicySuggestion[]): string {
  const rows = suggestions.map(({ draft, saved }, index) => ({ ...draft, saved, place: index + 1 }));
  const table = renderTable(rows, [
    { title: '#', value: (row) => String(row.place), align: 'right' },
    { title: 'SAVES', value: (row) => formatCount(row.saved), align: 'right' },
    ...draftColumns,
  ]);
  return `${table}Add one with: toll policy suggest --add 1\n`;
}

async function hashFile(path: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch (cause) {
    throw new TollkeeperError('wrong_usage', `${path} could not be read, so it can\u2019t be pinned.`, { cause });
  }
}

async function removePolicy(cli: Cli, id: string): Promise<void> {
  await withControl(cli, async (control) => {
    const policy = findOne(await control.call('policy.list', {}), id, 'policy');
    await control.call('policy.remove', { id: policy.id });
    report(cli, { id: policy.id }, () => `Removed ${policy.id}.`);
  });
}
