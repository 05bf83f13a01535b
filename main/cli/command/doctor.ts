import type { Command } from 'commander';
import type { OperationOutput } from '#shared/contract/operations.ts';
import type { Cli } from '../cli.ts';
import type { AttackResult } from '../doctor/attack/attacks.ts';
import { paintFor, report, type Tone } from '../output.ts';
import { safeText } from '../table.ts';

/** One finding of `toll doctor`. */
export type Check = OperationOutput<'doctor.run'>[number];

const marks: Readonly<Record<Check['state'], { readonly mark: string; readonly tone: Tone }>> = {
  ok: { mark: 'ok', tone: 'green' },
  warning: { mark: 'warning', tone: 'amber' },
  failed: { mark: 'failed', tone: 'red' },
};

const outcomes: Readonly<Record<AttackResult['outcome'], { readonly mark: string; readonly tone: Tone }>> = {
  held: { mark: 'held', tone: 'green' },
  open: { mark: 'OPEN', tone: 'red' },
  skipped: { mark: 'skipped', tone: 'dim' },
};

/** Adds `toll doctor`, which exits 1 when a check failed or an attack got through. */
export function addDoctorCommand(program: Command, cli: Cli, onExit: (code: number) => void): void {
  program
    .command('doctor')
    .description('find and explain what stands in the way')
    .option('--attack', 'attack the running installation in every way we know, and tell what got through')
    .action(async ({ attack }: { readonly attack?: true }) => {
      if (attack === true) {
        if (await runAttack(cli)) onExit(1);
        return;
      }
      const { checkAll } = await import('../doctor/checks.ts');
      const checks = await checkAll(cli);
      report(cli, checks, () => renderChecks(cli, checks));
      if (checks.some((check) => check.state === 'failed')) onExit(1);
    });
}

/** True when something got through. */
async function runAttack(cli: Cli): Promise<boolean> {
  const { attackInstallation } = await import('../doctor/attack/attack-installation.ts');
  const results = await attackInstallation(cli);
  report(cli, results, () => renderAttacks(cli, results));
  return results.some(({ outcome }) => outcome === 'open');
}

function renderAttacks(cli: Cli, results: readonly AttackResult[]): string {
  const paint = paintFor(cli);
  const count = (wanted: AttackResult['outcome']): number => results.filter(({ outcome }) => outcome === wanted).length;
  const lines = results.map(
    ({ outcome, id, title, seen }) =>
      `${paint(outcomes[outcome].tone, outcomes[outcome].mark.padEnd(8))} ${id.padEnd(28)} ${safeText(title)}: ${safeText(seen)}`,
  );
  return [...lines, '', `${count('held')} held, ${count('open')} open, ${count('skipped')} skipped`].join('\n');
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
