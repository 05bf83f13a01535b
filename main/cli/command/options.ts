import type { Command } from 'commander';
import type { AccessDemand } from '#shared/model/access.ts';
import type { Cli } from '../cli.ts';
import { collectScopes, parseBudget, parseTtl, parseUses } from '../parse.ts';

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

/** Options of a command that asks a person. */
export interface AskingOptions extends DemandOptions {
  readonly background?: true;
}

/** Adds what {@link withDemandOptions} does, and `--background`. */
export function withAskingOptions(command: Command): Command {
  return withDemandOptions(command).option(
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
  cli: Pick<Cli, 'hasTerminal'>,
  options: AskingOptions,
  defaults: Pick<AccessDemand, 'tool' | 'ttlSeconds' | 'purpose'> & { readonly scopes: readonly string[] },
): AccessDemand {
  return {
    ...attendanceOf(cli, options),
    tool: defaults.tool,
    scopes: [...(options.scope ?? defaults.scopes)],
    ttlSeconds: options.ttl ?? defaults.ttlSeconds,
    uses: options.uses ?? null,
    budgetMicroUsd: options.budget ?? null,
    purpose: defaults.purpose,
  };
}
