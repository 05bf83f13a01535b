import type { Command } from 'commander';
import type { TlsReport } from '#shared/model/certificate.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { toolIds } from '#shared/provider/tool/tool-providers.ts';
import { type TrustLine, trustLines } from '#shared/provider/tool/trust.ts';
import type { Cli } from '../cli.ts';
import { type ControlClient, withControl } from '../client.ts';
import { note, paintFor, report } from '../output.ts';
import { parsePort } from '../parse-port.ts';
import { safeText } from '../table.ts';

/** Adds `toll tls` with `status`, `enable`, `disable`, `renew` and `certificate`. */
export function addTlsCommands(program: Command, cli: Cli): void {
  const tls = program
    .command('tls')
    .description('speak TLS on a port of its own: status, enable, disable, renew, certificate');

  tls
    .command('status')
    .description('whether it is on, where, and until when the certificate is valid')
    .action(() => show(cli, async () => undefined));

  tls
    .command('enable')
    .description('turn it on; the certificate is made here and its key is kept in the vault')
    .option('--port <n>', 'port to listen on (default: as it was, at first 8378)', parsePort)
    .action(({ port }: { readonly port?: number }) => enable(cli, port));

  tls
    .command('disable')
    .description('turn it off; the certificate is kept for the next time')
    .action(() => show(cli, (control) => control.call('settings.update', { tls: false })));

  tls
    .command('renew')
    .description('make a new certificate now; it is renewed by itself 30 days before its end')
    .option('--authority', 'make a new authority too: tools have to be told to trust it again')
    .action(({ authority }: { readonly authority?: true }) =>
      show(cli, (control) => control.call('tls.renew', { authority: authority ?? false })),
    );

  tls
    .command('certificate')
    .description('where the certificates lie, and the line that makes each tool trust them')
    .action(() => certificate(cli));
}

/** Does something, then tells how things stand. */
async function show(cli: Cli, first: (control: ControlClient) => Promise<unknown>): Promise<void> {
  const now = await withControl(cli, async (control) => {
    await first(control);
    return control.call('tls.read', {});
  });
  report(cli, now, () => describe(cli, now));
}

async function enable(cli: Cli, port: number | undefined): Promise<void> {
  const now = await withControl(cli, async (control) => {
    await control.call('settings.update', { tls: true, ...(port === undefined ? {} : { tlsPort: port }) });
    return control.call('tls.read', {});
  });
  if (now.url === null) throw new TollkeeperError('port_in_use', now.message ?? undefined);
  report(cli, now, () => describe(cli, now));
  note(cli, 'See how tools learn to trust it with: toll tls certificate');
}

function describe(cli: Cli, { enabled, url, message, certificate: own, authority }: TlsReport): string {
  const paint = paintFor(cli);
  const state = url !== null ? paint('green', url) : paint(enabled ? 'amber' : 'dim', enabled ? 'not open' : 'off');
  const until = (facts: TlsReport['certificate']): string =>
    facts === null ? 'none yet' : `until ${facts.validUntil.slice(0, 10)}, SHA-256 ${facts.fingerprint}`;
  return [
    ['TLS', `${state} ${message ?? ''}`],
    ['Certificate', until(own)],
    ['Authority', until(authority)],
  ]
    .map(([name = '', value = '']) => `${name.padEnd(12)}${safeText(value).trimEnd()}`)
    .join('\n');
}

async function certificate(cli: Cli): Promise<void> {
  const now = await withControl(cli, (control) => control.call('tls.read', {}));
  if (now.authority === null) {
    throw new TollkeeperError('not_found', 'There is no certificate yet. Make one with: toll tls enable');
  }
  const { toolSetups } = await import('../setup/tools.ts');
  const tools = toolIds.map((id) => ({ id, name: toolSetups[id].name }));
  const trust = trustLines(now.files, tools, cli.platform);
  report(cli, { ...now, trust }, () => describeTrust(now, trust));
}

function describeTrust({ files, authority, url }: TlsReport, trust: readonly TrustLine[]): string {
  const places = [
    `Authority  ${files.authority}`,
    `           SHA-256 ${authority?.fingerprint ?? ''}`,
    `Bundle     ${files.bundle}`,
    `Gateway    ${url ?? 'off; turn it on with: toll tls enable'}`,
  ];
  const lines = trust.map(({ who, line }) => `# ${who}\n${line}`);
  return [
    ...places,
    '',
    'toll run --tls does this for the command it starts. By hand, before starting:',
    '',
    ...lines,
  ].join('\n');
}
