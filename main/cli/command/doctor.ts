import type { Command } from 'commander';
import type { OperationOutput } from '#shared/contract/operations.ts';
import type { Cli } from '../cli.ts';
import { paintFor, report, type Tone } from '../output.ts';
import { safeText } from '../table.ts';

/** One finding of `toll doctor`. */
export type Check = OperationOutput<'doctor.run'>[number];

const marks: Readonly<Record<Check['state'], { readonly mark: string; readonly tone: Tone }>> = {
  ok: { mark: 'ok', tone: 'green' },
  warning: { mark: 'warning', tone: 'amber' },
  failed: { mark: 'failed', tone: 'red' },
};

/** Adds `toll doctor`, which exits 1 when a check failed. */
export function addDoctorCommand(program: Command, cli: Cli, onExit: (code: number) => void): void {
  program
    .command('doctor')
    .description('find and explain what stands in the way')
    .action(async () => {
      const { checkAll } = await import('../doctor/checks.ts');
      const checks = await checkAll(cli);
      report(cli, checks, () => renderChecks(cli, checks));
      if (checks.some((check) => check.state === 'failed')) onExit(1);
    });
}

function renderChecks(cli: Cli, checks: readonly Check[]): string {
  const paint = paintFor(cli);
  return checks
    .map(
      ({ state, title, message }) =>
        `${paint(marks[state].tone, marks[state].mark.padEnd(8))} ${title.padEnd(22)} ${safeText(message)}`,
    )
    .join('\n');
}
