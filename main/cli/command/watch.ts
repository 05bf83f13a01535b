import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import {
  type Alert,
  type WatchAction,
  type WatchRuleId,
  type WatchRuleStatus,
  watchActionSchema,
  watchRuleIdSchema,
} from '#shared/model/alert.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { type WatchRule, watchRules } from '#shared/policy/watch-rules.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { findOne } from '../find-one.ts';
import { formatRelative } from '../format.ts';
import { paintFor, report, type Tone } from '../output.ts';
import { renderTable, safeText } from '../table.ts';

interface SetOptions {
  readonly action?: WatchAction;
  readonly threshold?: Readonly<Record<string, number>>;
  readonly usual?: true;
}

/** How many alerts are listed at most. */
const mostAlerts = 200;

/** Adds `toll alerts` with `read`, and `toll watch` with `list` and `set`. */
export function addWatchCommands(program: Command, cli: Cli): void {
  const alerts = program
    .command('alerts')
    .description('what was irregular and has not been read yet')
    .option('--all', 'those that were read as well')
    .action((options: { readonly all?: true }) => listAlerts(cli, options.all === true));

  alerts
    .command('read')
    .description('mark an alert, or all of them, as read')
    .argument('[id]', 'the alert\u2019s id, or the beginning of it')
    .option('--all', 'all of them')
    .action((id: string | undefined, options: { readonly all?: true }) => readAlerts(cli, id, options.all === true));

  const watch = program.command('watch').description('the rules by which irregular use is noticed: list, set');

  watch
    .command('list')
    .description('list the rules, what each does and its numbers')
    .action(() => listRules(cli));

  watch
    .command('set')
    .description('change what a rule does, or its numbers')
    .addArgument(new Argument('<rule>', 'the rule').choices(watchRuleIdSchema.options))
    .addOption(
      new Option('--action <action>', 'tell you; also ask anew; also end all access of the tool; nothing').choices(
        watchActionSchema.options,
      ),
    )
    .option('--threshold <name=number>', 'a number of the rule; may be given more than once', collectThreshold)
    .option('--usual', 'first take back everything that was changed')
    .addHelpText('after', '\nExample: toll watch set spend-above-usual --action ask --threshold floor=5')
    .action((rule: WatchRuleId, options: SetOptions) => setRule(cli, rule, options));
}

async function listAlerts(cli: Cli, isAll: boolean): Promise<void> {
  const input = { unreadOnly: !isAll, limit: mostAlerts };
  const found = await withControl(cli, (control) => control.call('alert.list', input));
  report(cli, found, () => {
    if (found.length > 0) return found.map((alert) => renderAlert(cli, alert)).join('\n');
    return isAll ? 'Nothing irregular was noticed yet.' : 'Nothing irregular. `toll alerts --all` shows what was read.';
  });
}

function renderAlert(cli: Cli, alert: Alert): string {
  const paint = paintFor(cli);
  const often = alert.count === 1 ? '' : `, ${alert.count} times since ${formatRelative(alert.firstAt, cli.now())}`;
  const mark = alert.readAt === null ? paint('amber', '\u25CF') : paint('dim', '\u25CB');
  const lines = [
    `${mark} ${paint('bold', safeText(alert.sentence))}`,
    `  ${paint('dim', `${alert.id}  ${watchRules[alert.rule].title}, ${formatRelative(alert.lastAt, cli.now())}${often}`)}`,
    ...alert.evidence.map(({ name, value }) => `  ${`${name}:`.padEnd(14)}${safeText(value)}`),
    `  ${'Done:'.padEnd(14)}${safeText(alert.done)}`,
  ];
  return `${lines.join('\n')}\n`;
}

async function readAlerts(cli: Cli, id: string | undefined, isAll: boolean): Promise<void> {
  if ((id === undefined) !== isAll)
    throw new TollkeeperError('wrong_usage', 'Say which alert was read: its id, or --all.');
  const done = await withControl(cli, async (control) => {
    if (id === undefined) return control.call('alert.readAll', {});
    const alerts = await control.call('alert.list', { unreadOnly: false, limit: 1_000 });
    return control.call('alert.read', { id: findOne(alerts, id, 'alert').id });
  });
  report(cli, done, () => (done.read === 1 ? '1 alert read.' : `${done.read} alerts read.`));
}

async function listRules(cli: Cli): Promise<void> {
  const rules = await withControl(cli, (control) => control.call('watch.list', {}));
  report(cli, rules, () => renderRules(cli, rules));
}

function renderRules(cli: Cli, rules: readonly WatchRuleStatus[]): string {
  const paint = paintFor(cli);
  return renderTable(rules, [
    { title: 'RULE', value: ({ rule }) => rule },
    { title: 'DOES', value: ({ action }) => paint(tones[action], action) },
    { title: 'NUMBERS', value: numbersOf },
    { title: 'WHEN', value: ({ rule }) => watchRules[rule].when },
  ]);
}

const tones: Readonly<Record<WatchAction, Tone>> = { notify: 'green', ask: 'amber', revoke: 'red', off: 'dim' };

function numbersOf({ rule, thresholds }: WatchRuleStatus): string {
  const known: WatchRule['thresholds'] = watchRules[rule].thresholds;
  return Object.entries(known)
    .map(([name, { usual }]) => `${name}=${thresholds[name] ?? usual}`)
    .join(' ');
}

async function setRule(cli: Cli, rule: WatchRuleId, options: SetOptions): Promise<void> {
  const { action, threshold, usual } = options;
  if (action === undefined && threshold === undefined && usual === undefined)
    throw new TollkeeperError('wrong_usage', 'Say what to change: --action, --threshold or --usual.');
  const status = await withControl(cli, async (control) => {
    const change = {
      ...(action === undefined ? {} : { action }),
      ...(threshold === undefined ? {} : { thresholds: threshold }),
    };
    if (usual === true) {
      const reset = await control.call('watch.set', { rule, action: null, thresholds: null });
      if (Object.keys(change).length === 0) return reset;
    }
    return control.call('watch.set', { rule, ...change });
  });
  report(cli, status, () => `${rule}: ${status.action} ${numbersOf(status)}`.trimEnd());
}

/** Adds one `name=number` to those before it. */
function collectThreshold(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const match = /^([a-zA-Z]{1,40})=(\d{1,9}(?:\.\d{1,6})?)$/.exec(text);
  if (match?.[1] === undefined) throw new InvalidArgumentError('Write it like floor=5, with a name and a number.');
  return { ...before, [match[1]]: Number(match[2]) };
}
