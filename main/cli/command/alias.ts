import type { Command } from 'commander';
import {
  type Alias,
  type AliasTarget,
  type AliasTimeouts,
  type FallbackReason,
  fallbackReasons,
} from '#shared/model/alias.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { formatMilliseconds, formatRelative } from '../format.ts';
import { note, report } from '../output.ts';
import { parseFallback, parseTarget, parseWait } from '../parse-route.ts';
import { renderTable, safeText } from '../table.ts';

interface SetOptions {
  readonly connectTimeout?: number;
  readonly firstByteTimeout?: number;
  readonly idleTimeout?: number;
  readonly fallbackOn?: readonly FallbackReason[];
}

/** Adds `toll alias` with `list`, `set` and `remove`. */
export function addAliasCommands(program: Command, cli: Cli): void {
  const alias = program
    .command('alias')
    .description('names of your own for models, with others to fall back on: list, set, remove');

  alias
    .command('list')
    .description('list the aliases and the models behind them')
    .action(() => listAliases(cli));

  alias
    .command('set')
    .description('name one or more models, best first; setting the same name again replaces it')
    .argument('<name>', 'what callers of the unified API give as the model')
    .argument('<models...>', 'provider/model, the next after one that fails before its first byte')
    .option('--connect-timeout <duration>', 'how long a connection may take, such as 500ms or 5s', parseWait)
    .option('--first-byte-timeout <duration>', 'how long the answer may take to begin, such as 30s', parseWait)
    .option('--idle-timeout <duration>', 'how long the answer may be silent, such as 1m', parseWait)
    .option(
      '--fallback-on <reasons>',
      `after what the next model is tried: ${fallbackReasons.join(',')} (all unless said), or none`,
      parseFallback,
    )
    .addHelpText(
      'after',
      '\nExample: toll alias set fast openai/gpt-5-mini gemini/gemini-2.5-flash --first-byte-timeout 20s',
    )
    .action((name: string, models: readonly string[], options: SetOptions) => setAlias(cli, { name, models, options }));

  alias
    .command('remove')
    .description('remove an alias')
    .argument('<name>', 'its name')
    .action((name: string) => removeAlias(cli, name));
}

async function listAliases(cli: Cli): Promise<void> {
  const aliases = await withControl(cli, (control) => control.call('alias.list', {}));
  report(cli, aliases, () =>
    aliases.length === 0
      ? 'There is no alias. Make one with: toll alias set NAME PROVIDER/MODEL'
      : renderAliases(cli, aliases),
  );
}

function renderAliases(cli: Cli, aliases: readonly Alias[]): string {
  return renderTable(aliases, [
    { title: 'NAME', value: (row) => row.name },
    { title: 'MODELS', value: (row) => row.targets.map(nameOf).join(' \u2192 ') },
    { title: 'FALLS BACK ON', value: (row) => (row.fallbackOn.length === 0 ? 'nothing' : row.fallbackOn.join(' ')) },
    { title: 'WAITS', value: (row) => waitsOf(row.timeouts) },
    { title: 'SET', value: (row) => formatRelative(row.updatedAt, cli.now()) },
  ]);
}

async function setAlias(
  cli: Cli,
  wanted: { readonly name: string; readonly models: readonly string[]; readonly options: SetOptions },
): Promise<void> {
  const { name, models, options } = wanted;
  const targets = models.map(parseTarget);
  const { connectTimeout: connectMs, firstByteTimeout: firstByteMs, idleTimeout: idleMs, fallbackOn } = options;
  const timeouts = {
    ...(connectMs === undefined ? {} : { connectMs }),
    ...(firstByteMs === undefined ? {} : { firstByteMs }),
    ...(idleMs === undefined ? {} : { idleMs }),
  };
  const { alias, unlisted } = await withControl(cli, (control) =>
    control.call('alias.set', { name, targets, timeouts, fallbackOn: [...(fallbackOn ?? fallbackReasons)] }),
  );
  for (const model of unlisted) {
    note(cli, `${safeText(model)} is not on the provider\u2019s list of models as of the last \`toll key verify\`.`);
  }
  report(cli, { ...alias, unlisted }, () => `Set ${alias.name}: ${alias.targets.map(nameOf).join(' \u2192 ')}.`);
}

async function removeAlias(cli: Cli, name: string): Promise<void> {
  await withControl(cli, (control) => control.call('alias.remove', { name }));
  report(cli, { name }, () => `Removed ${name}.`);
}

function nameOf({ provider, model }: AliasTarget): string {
  return safeText(`${provider}/${model}`);
}

function waitsOf({ connectMs, firstByteMs, idleMs }: AliasTimeouts): string {
  const parts = [
    connectMs === undefined ? [] : [`connect ${formatMilliseconds(connectMs)}`],
    firstByteMs === undefined ? [] : [`first byte ${formatMilliseconds(firstByteMs)}`],
    idleMs === undefined ? [] : [`silence ${formatMilliseconds(idleMs)}`],
  ].flat();
  return parts.length === 0 ? 'as usual' : parts.join(', ');
}
