import type { Command } from 'commander';
import type { AuditEntry } from '#shared/model/audit.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { formatTime } from '../format.ts';
import { paintFor, report } from '../output.ts';
import { parseLimit } from '../parse.ts';
import { safeText } from '../table.ts';

interface LogOptions {
  readonly follow?: true;
  readonly verify?: true;
  readonly limit: number;
}

/** Adds `toll log`. */
export function addLogCommand(program: Command, cli: Cli): void {
  program
    .command('log')
    .description('the audit log, oldest first')
    .option('--follow', 'keep printing what is added; with --json one document a line')
    .option('--verify', 'prove that no entry was changed or removed')
    .option('--limit <n>', 'at most that many of the newest', parseLimit, 100)
    .action((options: LogOptions) => (options.verify ? verifyLog(cli) : showLog(cli, options)));
}

async function verifyLog(cli: Cli): Promise<void> {
  const proof = await withControl(cli, (control) => control.call('audit.verify', {}));
  if (!proof.intact) {
    throw new TollkeeperError(
      'storage_corrupt',
      `The audit log was changed: the chain breaks at entry ${proof.brokenAt ?? 'unknown'}.`,
    );
  }
  report(cli, proof, () => `All ${proof.entries} entries are intact.`);
}

async function showLog(cli: Cli, options: LogOptions): Promise<void> {
  await withControl(cli, async (control) => {
    const follow = options.follow === true;
    let shown = 0;
    const early: AuditEntry[] = [];
    let ready = false;
    const show = (entry: AuditEntry) => {
      if (entry.sequence <= shown) return;
      shown = entry.sequence;
      cli.stdout.write(cli.json ? `${JSON.stringify(entry)}\n` : renderEntry(cli, entry));
    };
    if (follow) await control.followAudit((entry) => (ready ? show(entry) : early.push(entry)));

    const newest = await control.call('audit.list', { limit: Math.min(options.limit, 1_000) });
    const entries = [...newest].sort((first, second) => first.sequence - second.sequence);
    if (!follow) {
      return report(cli, entries, () =>
        entries.length === 0 ? 'The log is empty.' : entries.map((entry) => renderEntry(cli, entry)).join(''),
      );
    }
    for (const entry of [...entries, ...early]) show(entry);
    ready = true;
    await untilStopped(cli, control.closed);
  });
}

function renderEntry(cli: Cli, entry: AuditEntry): string {
  const paint = paintFor(cli);
  const facts = Object.entries(entry.detail)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  const text = `${entry.event} ${entry.subject} by ${entry.actor}`;
  return `${paint('dim', formatTime(entry.at))}  ${safeText(text)}${facts ? `  ${paint('dim', safeText(facts))}` : ''}\n`;
}

/** Resolves at Ctrl-C; rejects when Tollkeeper goes away first. */
function untilStopped(cli: Cli, closed: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve();
    cli.signals.on('SIGINT', stop);
    cli.signals.on('SIGTERM', stop);
    closed.then(() => reject(new TollkeeperError('not_running', 'Tollkeeper was ended.')));
  });
}
