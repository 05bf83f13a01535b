import type { Command } from 'commander';
import type { Status } from '#shared/contract/status.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { paintFor, report } from '../output.ts';

/** Adds `toll status`, `toll pause` and `toll resume`. */
export function addStatusCommands(program: Command, cli: Cli): void {
  program
    .command('status')
    .description('what runs, where, and in which state')
    .action(() => status(cli));
  program
    .command('pause')
    .description('let the gateway refuse every call until `toll resume`')
    .action(() => pause(cli, true));
  program
    .command('resume')
    .description('let the gateway answer again')
    .action(() => pause(cli, false));
}

async function status(cli: Cli): Promise<void> {
  const now = await withControl(cli, (control) => control.call('status.read', {}));
  report(cli, now, () => renderStatus(cli, now));
}

function renderStatus(cli: Cli, status: Status): string {
  const paint = paintFor(cli);
  const good = (fine: boolean, text: string) => paint(fine ? 'green' : 'amber', text);
  const lines: readonly (readonly [string, string])[] = [
    ['Tollkeeper', `${status.version} (${status.mode}, process ${status.pid})`],
    [
      'Gateway',
      `${good(status.gateway.state === 'running', status.gateway.state)} ${status.gateway.url ?? ''} ${status.gateway.message ?? ''}`,
    ],
    ...doorLines(status),
    [
      'Vault',
      `${good(status.vault.state === 'ready', status.vault.state)} (${status.vault.kind}) ${status.vault.message ?? ''}`,
    ],
    ['Ledger', `${good(status.ledger.state === 'ready', status.ledger.state)} ${status.ledger.message ?? ''}`],
    ['Requests', `${status.waitingRequests} waiting, ${status.runningRequests} running`],
    ['Grants', `${status.activeGrants} active`],
    ['Prices', status.priceVersion],
    ['Home', status.home],
  ];
  return lines.map(([name, value]) => `${name.padEnd(12)}${value.trimEnd()}`).join('\n');
}

function doorLines({ gateway }: Status): readonly (readonly [string, string])[] {
  const { socketPath, tls } = gateway;
  return [
    ...(socketPath === null ? [] : [['Socket', socketPath] as const]),
    ...(tls === null ? [] : [['TLS', tls.url ?? tls.message ?? ''] as const]),
  ];
}

async function pause(cli: Cli, paused: boolean): Promise<void> {
  await withControl(cli, (control) => control.call('gateway.pause', { paused }));
  report(cli, { paused }, () =>
    paused ? 'The gateway is paused. Resume it with: toll resume' : 'The gateway answers again.',
  );
}
