import type { Command } from 'commander';
import { tokenLifetime } from '#shared/model/access.ts';
import type { BindingWish } from '#shared/model/binding.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { askForAccess, waitForAnswer } from '../ask-for-access.ts';
import type { Cli } from '../cli.ts';
import { type ControlClient, withControl } from '../client.ts';
import { findExecutable } from '../find-executable.ts';
import { formatRelative } from '../format.ts';
import { report } from '../output.ts';
import { parseBinding } from '../parse.ts';
import { type AskingOptions, demandFrom, withAskingOptions } from './options.ts';

interface RequestOptions extends AskingOptions {
  readonly bind?: BindingWish | 'none';
  readonly tool: string;
  readonly purpose?: string;
  readonly wait?: true;
  readonly reference?: true;
}

interface TokenOptions extends Omit<RequestOptions, 'tool'> {
  readonly tool?: string;
  readonly request?: string;
}

const bindOption = [
  '--bind <to>',
  'where the token works: exe (the program that asks), exe:PROGRAM, tree (what asks and all it starts), none (default)',
  parseBinding,
] as const;

/** Adds `toll request` and `toll token`. */
export function addRequestCommands(program: Command, cli: Cli): void {
  withAskingOptions(program.command('request').description('ask for a token'))
    .requiredOption('--tool <name>', 'name of the tool that asks')
    .option('--purpose <text>', 'shown to the person who answers')
    .option(...bindOption)
    .option('--wait', 'wait for the answer, then print the token')
    .option('--reference', 'with --wait: an opaque tk_\u2026 token instead of a JWT')
    .action((options: RequestOptions, command: Command) => request(cli, command, options));

  withAskingOptions(
    program.command('token').description('ask for a token and print nothing else; for settings such as apiKeyHelper'),
  )
    .option('--tool <name>', 'name of the tool that asks')
    .option('--purpose <text>', 'shown to the person who answers')
    .option(...bindOption)
    .option('--reference', 'an opaque tk_\u2026 token instead of a JWT')
    .option('--request <id>', 'fetch the token of a request made before with `toll request`')
    .action((options: TokenOptions, command: Command) => token(cli, command, options));
}

async function request(cli: Cli, command: Command, options: RequestOptions): Promise<void> {
  const demand = demandOf(cli, command, options);
  const bind = bindingOf(cli, options);
  await withControl(cli, async (control) => {
    if (options.wait) {
      const granted = await askForAccess(cli, control, demand, {
        bindToConnection: false,
        reference: options.reference === true,
        bind,
      });
      return report(cli, granted, () => `${granted.token}\n`);
    }
    const created = await control.call('request.create', bind === undefined ? demand : { ...demand, bind });
    report(cli, created, () =>
      [
        `Request ${created.id}, code ${created.userCode}; No ${formatRelative(created.expiresAt, cli.now())} if nobody answers.`,
        `Answer ${created.isInInbox ? 'in the inbox' : 'at the tray'} or with: toll approve ${created.userCode}`,
        `Then fetch the token with: toll token --request ${created.id}`,
      ].join('\n'),
    );
  });
}

async function token(cli: Cli, command: Command, options: TokenOptions): Promise<void> {
  const choices = { bindToConnection: false, reference: options.reference === true };
  const bind = bindingOf(cli, options);
  await withControl(cli, async (control) => {
    const granted =
      options.request === undefined
        ? await askForAccess(cli, control, demandOf(cli, command, options), { ...choices, bind })
        : await waitForAnswer(cli, control, await pendingRequest(cli, control, options.request), choices);
    report(cli, granted, () => `${granted.token}\n`);
  });
}

/** What the waiting line needs to know; a request already decided waits no more and shows none. */
async function pendingRequest(cli: Cli, control: ControlClient, id: string) {
  const waiting = (await control.call('request.list', {})).find((item) => item.id === id);
  if (waiting === undefined)
    return { id, userCode: '', expiresAt: new Date(cli.now()).toISOString(), isInInbox: false };
  return { ...waiting, isInInbox: waiting.inbox !== null };
}

/** A program that is named without a path is looked up where a shell would. */
function bindingOf(cli: Cli, { bind = 'none' }: Pick<RequestOptions, 'bind'>): BindingWish | undefined {
  if (bind === 'none') return undefined;
  if (bind.kind !== 'executable' || bind.path === null) return bind;
  const search = findExecutable(cli, bind.path);
  if (search.state !== 'found') throw new TollkeeperError('not_found', `There is no program ${bind.path}.`);
  return { kind: 'executable', path: search.path };
}

function demandOf(cli: Cli, command: Command, options: TokenOptions) {
  const name = options.tool ?? command.error("error: required option '--tool <name>' not specified");
  const scopes = options.scope ?? command.error("error: required option '--scope <scope>' not specified");
  if (options.until?.includes('run') === true) command.error("error: '--until run' goes with toll run");
  const purpose = options.purpose ?? null;
  return demandFrom(cli, options, { tool: name, scopes, ttlSeconds: tokenLifetime.defaultSeconds, purpose });
}
