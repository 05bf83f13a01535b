import type { Command } from 'commander';
import { type AccessDemand, tokenLifetime } from '#shared/model/access.ts';
import type { Cli } from '../cli.ts';
import { collectScopes, parseBudget, parseTtl, parseUses } from '../parse.ts';
import { collectUntil, readUntil } from '../until.ts';

/** Options that narrow or shape a demand, as commander hands them over. */
export interface DemandOptions {
  readonly scope?: readonly string[];
  readonly ttl?: number;
  readonly uses?: number;
  readonly budget?: number;
}

/** Adds `--scope`, `--ttl`, `--uses` and `--budget`. */
export function withDemandOptions(command: Command): Command {
  return command
    .option('--scope <scope>', 'what it may do, such as openai:chat:gpt-5* (may be repeated)', collectScopes)
    .option('--ttl <duration>', 'how long, such as 15m or 12h', parseTtl)
    .option('--uses <n>', 'how many requests', parseUses)
    .option('--budget <dollars>', 'how much it may spend, such as 2.50', parseBudget);
}

/** Adds `--until`. */
export function withUntilOption(command: Command): Command {
  return command.option('--until <when>', 'end it at 18:00, at lock, or with the run (may be repeated)', collectUntil);
}

/** Options of a command that asks a person. */
export interface AskingOptions extends DemandOptions {
  readonly until?: readonly string[];
  readonly background?: true;
}

/** Adds what {@link withDemandOptions} does, `--until` and `--background`. */
export function withAskingOptions(command: Command): Command {
  return withUntilOption(withDemandOptions(command)).option(
    '--background',
    'nobody waits for the answer: ask in the inbox, for an hour, instead of the prompt',
  );
}

/** What is known about a person being there, and nothing where there is nothing to say. */
function attendanceOf(
  cli: Pick<Cli, 'hasTerminal'>,
  options: AskingOptions,
): Pick<AccessDemand, 'background' | 'terminal'> {
  if (options.background === true) return { background: true };
  return cli.hasTerminal() ? {} : { terminal: false };
}

/** A demand from its options; what was not said takes the defaults given. */
export function demandFrom(
  cli: Pick<Cli, 'hasTerminal' | 'now'>,
  options: AskingOptions,
  defaults: Pick<AccessDemand, 'tool' | 'ttlSeconds' | 'purpose'> & { readonly scopes: readonly string[] },
): AccessDemand {
  const endsWhen = readUntil(options.until, cli.now());
  const ttlSeconds = endsWhen === null ? defaults.ttlSeconds : tokenLifetime.ceilingSeconds;
  return {
    ...attendanceOf(cli, options),
    ...(endsWhen === null ? {} : { endsWhen }),
    tool: defaults.tool,
    scopes: [...(options.scope ?? defaults.scopes)],
    ttlSeconds: options.ttl ?? ttlSeconds,
    uses: options.uses ?? null,
    budgetMicroUsd: options.budget ?? null,
    purpose: defaults.purpose,
  };
}
