import type { Command } from 'commander';
import { tokenLifetime } from '#shared/model/access.ts';
import { askForAccess, waitForAnswer } from '../ask-for-access.ts';
import type { Cli } from '../cli.ts';
import { type ControlClient, withControl } from '../client.ts';
import { formatRelative } from '../format.ts';
import { report } from '../output.ts';
import { type DemandOptions, demandFrom, withDemandOptions } from './options.ts';

interface RequestOptions extends DemandOptions {
  readonly tool: string;
  readonly purpose?: string;
  readonly wait?: true;
  readonly reference?: true;
}

interface TokenOptions extends Omit<RequestOptions, 'tool'> {
  readonly tool?: string;
  readonly request?: string;
}

/** Adds `toll request` and `toll token`. */
export function addRequestCommands(program: Command, cli: Cli): void {
  withDemandOptions(program.command('request').description('ask for a token'))
    .requiredOption('--tool <name>', 'name of the tool that asks')
    .option('--purpose <text>', 'shown to the person who answers')
    .option('--wait', 'wait for the answer, then print the token')
    .option('--reference', 'with --wait: an opaque tk_\u2026 token instead of a JWT')
    .action((options: RequestOptions, command: Command) => request(cli, command, options));

  withDemandOptions(
    program.command('token').description('ask for a token and print nothing else; for settings such as apiKeyHelper'),
  )
    .option('--tool <name>', 'name of the tool that asks')
    .option('--purpose <text>', 'shown to the person who answers')
    .option('--reference', 'an opaque tk_\u2026 token instead of a JWT')
    .option('--request <id>', 'fetch the token of a request made before with `toll request`')
    .action((options: TokenOptions, command: Command) => token(cli, command, options));
}

async function request(cli: Cli, command: Command, options: RequestOptions): Promise<void> {
  const demand = demandOf(command, options, options.tool);
  await withControl(cli, async (control) => {
    if (options.wait) {
      const granted = await askForAccess(cli, control, demand, {
        bindToConnection: false,
        reference: options.reference === true,
      });
      return report(cli, granted, () => `${granted.token}\n`);
    }
    const created = await control.call('request.create', demand);
    report(cli, created, () =>
      [
        `Request ${created.id}, code ${created.userCode}; No ${formatRelative(created.expiresAt, cli.now())} if nobody answers.`,
        `Answer at the tray or with: toll approve ${created.userCode}`,
        `Then fetch the token with: toll token --request ${created.id}`,
      ].join('\n'),
    );
  });
}

async function token(cli: Cli, command: Command, options: TokenOptions): Promise<void> {
  const choices = { bindToConnection: false, reference: options.reference === true };
  await withControl(cli, async (control) => {
    const granted =
      options.request === undefined
        ? await askForAccess(cli, control, demandOf(command, options, options.tool), choices)
        : await waitForAnswer(cli, control, await pendingRequest(cli, control, options.request), choices);
    report(cli, granted, () => `${granted.token}\n`);
  });
}

/** What the waiting line needs to know; a request already decided waits no more and shows none. */
async function pendingRequest(cli: Cli, control: ControlClient, id: string) {
  const waiting = (await control.call('request.list', {})).find((item) => item.id === id);
  return waiting ?? { id, userCode: '', expiresAt: new Date(cli.now()).toISOString() };
}

function demandOf(command: Command, options: Omit<RequestOptions, 'tool'>, tool: string | undefined) {
  const name = tool ?? command.error("error: required option '--tool <name>' not specified");
  const scopes = options.scope ?? command.error("error: required option '--scope <scope>' not specified");
  const purpose = options.purpose ?? null;
  return demandFrom(options, { tool: name, scopes, ttlSeconds: tokenLifetime.defaultSeconds, purpose });
}
