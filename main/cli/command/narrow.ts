import type { Command } from 'commander';
import { toolNameSchema } from '#shared/model/access.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { report } from '../output.ts';
import { readSecret } from '../read-secret.ts';
import { type DemandOptions, withDemandOptions } from './options.ts';

interface NarrowOptions extends DemandOptions {
  readonly name: string;
  readonly purpose?: string;
  readonly reference?: true;
}

/** Adds `toll narrow`. */
export function addNarrowCommand(program: Command, cli: Cli): void {
  withDemandOptions(
    program
      .command('narrow')
      .description('make a narrower token from the one on stdin, for a sub-agent; nobody is asked'),
  )
    .requiredOption('--name <name>', 'what the sub-agent is called')
    .option('--purpose <text>', 'shown beside its grant')
    .option('--reference', 'an opaque tk_\u2026 token instead of a JWT')
    .addHelpText(
      'after',
      '\nWhat is not said stays as it is. What the new token uses is taken from the old one too, and it ends with it.' +
        '\nExample: printf %s "$OPENAI_API_KEY" | toll narrow --name searcher --scope openai:chat:gpt-5-mini --uses 20',
    )
    .action((options: NarrowOptions, command: Command) => narrow(cli, command, options));
}

async function narrow(cli: Cli, command: Command, options: NarrowOptions): Promise<void> {
  const { name, scope, ttl, uses, budget, purpose, reference } = options;
  const delegate = toolNameSchema.safeParse(name);
  if (!delegate.success) command.error('error: --name has 1 to 64 characters');
  const token = (await readSecret(cli, 'Token: ')).trim();
  if (token === '') throw new TollkeeperError('wrong_usage', 'There was no token on stdin.');
  const narrowed = await withControl(cli, (control) =>
    control.call('token.narrow', {
      ...{ token, delegate: name },
      ...(scope === undefined ? {} : { scopes: [...scope] }),
      ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
      ...(uses === undefined ? {} : { uses }),
      ...(budget === undefined ? {} : { budgetMicroUsd: budget }),
      ...(purpose === undefined ? {} : { purpose }),
      ...(reference === undefined ? {} : { reference }),
    }),
  );
  report(cli, narrowed, () => `${narrowed.token}\n`);
}
