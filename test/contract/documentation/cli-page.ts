import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { createProgram } from '#main/cli/program.ts';
import { toolSetups } from '#main/cli/setup/tools.ts';
import { code, origin, page, table } from './markdown.ts';

/** What each command prints with `--json`. */
const documents: Readonly<Record<string, string>> = {
  'key add': 'the credential',
  'key list':
    '`[{id, provider, label, fingerprint, baseUrl, isDefault, weight, health: {state, until, reason, models}, createdAt, lastUsedAt, …}]`',
  'key verify': '`{id, outcome, account, models, message, checkedAt}`',
  'key weight': 'the credential',
  'key rotate':
    'the rotation `{id, credentialId, state, step, oldKey, newKey, problem, …}`; exits 1 when it failed or stopped',
  'key admin add': 'the admin key `{id, provider, label, fingerprint, createdAt}`',
  'key admin list': 'those',
  'key admin remove': '`{id}`',
  'key remove': '`{id}`',
  'rotation list':
    '`[{credentialId, label, fingerprint, ageDays, method, setup: {schedule, paused, nextAt, …}, due, current, last}]`',
  'rotation history':
    '`[{id, credentialId, state, step, oldKey, newKey, problem, steps: [{step, begunAt, endedAt, outcome, message}], …}]`',
  'rotation schedule': 'the key’s entry in the list',
  'rotation connect': 'the key’s entry in the list',
  'rotation pause': 'the key’s entry in the list',
  'rotation resume': 'the key’s entry in the list',
  'rotation roll-back': 'the rotation',
  'rotation continue': 'the rotation',
  'rotation provide':
    '`{rotation, comparison, account}`; `comparison` is `same-account`, or `not-told` where the provider does not say',
  'rotation check': 'the rotation; exits 1 with `old_key_alive` while the provider still takes the old key',
  'rotation orphans':
    '`{orphans: [{credentialId, provider, keyId, name, createdAt, lastUsedAt}], unreachable: [{credentialId, message}], removed}`',
  'alias list': '`[{name, targets: [{provider, model}], timeouts, fallbackOn, createdAt, updatedAt}]`',
  'alias set': 'the alias, and `unlisted`: models that the provider’s own list did not have',
  'alias remove': '`{name}`',
  'settings list': 'the settings by name, see [settings.md](settings.md)',
  'settings set': 'all settings, as they are now',
  'tls status':
    '`{enabled, url, message, certificate: {serial, validFrom, validUntil, fingerprint}, authority, files: {authority, bundle}}`',
  'tls enable': 'the same',
  'tls disable': 'the same',
  'tls renew': 'the same',
  'tls certificate': 'the same with `trust: [{who, line}]`',
  request: '`{id, userCode, expiresAt, isInInbox}`; with `--wait` `{id, grantId, token, expiresAt, scopes}`',
  token: '`{id, grantId, token, expiresAt, scopes}`; without `--json` the token alone',
  narrow: '`{grantId, parentGrantId, token, expiresAt, scopes}`; without `--json` the token alone',
  'key identity': '`{issuer, subject, audience, jwks}`; nothing of it is secret',
  'database-key show': '`{createdAt, nextAt, step, problem}`; `nextAt` is null while it is changed only when asked',
  'database-key rotate': 'the same, once both databases have the new key',
  'signing-key list': '`[{kid, algorithm, state, createdAt, signsFrom, signedUntil}]`, newest first',
  'signing-key rotate': 'the new key',
  run: 'nothing of its own: the streams are the command’s',
  requests:
    '`[{id, tool, scopes, ttlSeconds, uses, budgetMicroUsd, purpose, process, userCode, createdAt, expiresAt, inbox, unusual, …}]`; with `--silenced` `[{id, tool, executable, since, until, refused}]`',
  approve: '`{id, grantId}`',
  deny: '`{id}`',
  listen: '`{tool}`',
  grants:
    '`[{id, parentGrantId, tool, delegate, scopes, status, createdAt, expiresAt, endedAt, endedBy, usesLeft, budgetLeftMicroUsd, …}]`, newest first',
  revoke: '`{id}`',
  panic:
    '`{grantsEnded, requestsDenied, callsCut, streamsCut, durationMs, gatewayAnswered}`; the gateway is paused then',
  'policy list':
    '`[{id, effect, tool, scopes, executable, executableHash, speaker, folder, ttlSeconds, uses, budgetMicroUsd, createdAt, createdBy}]`',
  'policy add': 'the policy',
  'policy suggest': '`[{saved, draft}]`, the one that saves most first; with `--add` the policy',
  'policy remove': '`{id}`',
  'limit list':
    '`[{id, subject: {kind, tool or credentialId}, rule: {kind, amountMicroUsd and period, or amount}, warnAt, allowed, used, running, left, percent, warned, topUpMicroUsd, windowStartedAt, resetsAt, createdAt, createdBy}]`; amounts in micro-dollars, requests, tokens or streams, as the rule counts them',
  'limit set': 'those of the limits that were set',
  'limit remove': '`{id}`',
  'top-up': 'the grant or the limit',
  alerts:
    '`[{id, rule, tool, sentence, evidence: [{name, value}], requestId, auditSequence, grantId, done, count, firstAt, lastAt, readAt}]`, newest first',
  'alerts read': '`{read}`, how many were not read before',
  'watch list': '`[{rule, action, thresholds}]`, see [watch.md](watch.md)',
  'watch set': 'the rule as it is now',
  usage:
    'usage records, newest first; with `--by` `[{key, requests, inputTokens, cachedInputTokens, outputTokens, costMicroUsd, unpricedRequests, estimatedRequests}]`',
  'usage explain':
    '`{requestId, provider, model, costMicroUsd, source, priceVersion, listedAs, serviceTier, estimated, lines: [{kind, title, amount, unit, priceMicroUsd, per, percent, costMicroUsd}], sumMicroUsd, isWhole, notes}`',
  'prices list': '`[{provider, model, source, priceVersion, contextWindow, steps: [{above, rates}]}]`',
  'prices show': 'the same for one model',
  'prices set': '`{version, sha256, shippedVersion, own: [{provider, model, rates}]}`',
  'prices unset': 'the same',
  'prices update': '`{changed, before, version}`',
  'prices check':
    '`{version, otherVersion, compared, differences: [{provider, model, kind, priceMicroUsd, otherMicroUsd}]}`',
  log: '`[{sequence, at, event, actor, subject, detail, hash}]`, oldest first; with `--follow` one entry a line; with `--verify` `{entries, intact, brokenAt}`',
  setup: '`{tool, file, undo, changed, applied, difference}`',
  doctor:
    '`[{id, title, state, message}]`; exits 1 when a state is `failed`; with `--attack` `[{id, title, reference, expectation, outcome, seen}]`, and 1 when an outcome is `open`',
  status: 'the state of gateway, vault and ledger',
  pause: '`{paused}`',
  resume: '`{paused}`',
  serve: 'one line, once ready: `{gateway, pid, version, mode}`',
};

/** The page of every command, written from the program itself. */
export async function cliPage(): Promise<string> {
  const quiet = Object.assign(new PassThrough(), { isTTY: false });
  const program = await createProgram(
    {
      environment: {},
      platform: 'linux',
      homeDirectory: '/home/you',
      userName: 'you',
      workingFolder: '/home/you',
      stdin: quiet,
      stdout: quiet,
      stderr: quiet,
      signals: process,
      adoptOrphans: () => false,
      now: () => 0,
      version: '',
      ownCommand: [],
      hasTerminal: () => true,
      json: false,
    },
    () => undefined,
  );
  const commands = program.commands.flatMap((command) => leaves(command, ''));
  return page(
    '# Commands',
    origin('main/cli/'),
    '`toll` talks to the running Tollkeeper over the control socket. Every command takes `--json`: one document on stdout, an error as `{"error": {"code", "message"}}` on stderr with nothing on stdout. Exit status 0 is success, 1 a refusal or an error, 2 wrong usage; `toll run` passes its command’s own on (127 when there is no such command, 128 + n when signal n ended it). An id may be shortened as long as it stays unambiguous; a request also answers to its code. Secrets are read from stdin or a hidden prompt, never from the command line.',
    ...commands.map(section),
    '## Tools that `toll setup` knows',
    table(
      ['tool', 'configuration', 'fetches its own tokens'],
      Object.values(toolSetups).map((tool) => [
        code(tool.id),
        tool.files({ environment: {}, platform: 'linux', homeDirectory: '~', userName: 'you' }).map(code).join(' or '),
        tool.fetchesTokens ? 'yes' : `no. ${tool.nextStep}`,
      ]),
    ),
  );
}

interface Leaf {
  readonly name: string;
  readonly command: Command;
}

function leaves(command: Command, prefix: string): readonly Leaf[] {
  const name = `${prefix}${command.name()}`;
  if (command.commands.length === 0) return [{ name, command }];
  const itself = documents[name] === undefined ? [] : [{ name, command }];
  return [...itself, ...command.commands.flatMap((child) => leaves(child, `${name} `))];
}

function section({ name, command }: Leaf): string {
  const document = documents[name];
  if (document === undefined)
    throw new Error(`toll ${name} has no document in test/contract/documentation/cli-page.ts`);
  const parameters = command.registeredArguments.map((argument) =>
    (argument.variadic ? `${argument.name()}…` : argument.name()).toUpperCase(),
  );
  const options = command.options.filter((option) => option.long !== '--json');
  const lines = [
    `## toll ${[name, ...parameters].join(' ')}`,
    `${sentence(command.description())} \`--json\`: ${document}.`,
    ...command.registeredArguments.map(
      (argument) =>
        `- ${code(argument.name().toUpperCase())}: ${argument.description || 'the command and its arguments, after `--`'}`,
    ),
  ];
  const rows = options.map((option) => [code(option.flags), `${option.description}${choices(option)}`]);
  return [...lines, ...(rows.length > 0 ? [table(['option', 'means'], rows)] : [])].join('\n\n');
}

function choices(option: { readonly argChoices?: readonly string[]; readonly defaultValue?: unknown }): string {
  const among = option.argChoices ? `: ${option.argChoices.join(', ')}` : '';
  return `${among}${option.defaultValue === undefined ? '' : ` (default: ${String(option.defaultValue)})`}`;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
