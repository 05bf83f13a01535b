import type { Command } from 'commander';
import { homePaths } from '#shared/contract/home.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { findToolProviders, isToolId, toolIds } from '#shared/provider/tool/tool-providers.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { confirm } from '../confirm.ts';
import { findExecutable } from '../find-executable.ts';
import { note, paintFor, report } from '../output.ts';
import type { SetupPlan } from '../setup/engine.ts';
import type { SetupTarget, ToolSetup } from '../setup/tool-setup.ts';
import { safeText } from '../table.ts';

interface SetupOptions {
  readonly undo?: true;
  readonly yes?: true;
  readonly dryRun?: true;
}

/** Adds `toll setup`. */
export function addSetupCommand(program: Command, cli: Cli): void {
  program
    .command('setup')
    .description('point a tool\u2019s own configuration at the gateway, or undo that')
    .argument('<tool>', toolIds.join(', '))
    .option('--undo', 'restore the configuration to the byte')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only show what would change')
    .action((tool: string, options: SetupOptions) => setup(cli, tool, options));
}

async function setup(cli: Cli, id: string, options: SetupOptions): Promise<void> {
  const { planSetup, planUndo } = await import('../setup/engine.ts');
  const tool = await findTool(id);
  const paths = homePaths(cli);
  const plan = options.undo
    ? await planUndo(tool, paths)
    : await planSetup(tool, await readTarget(cli, tool), { ...cli, paths });
  const changes = plan.difference !== '';
  if (changes) showDifference(cli, plan);
  const applied = !options.dryRun && (options.undo === true || changes) && (await isAgreed(cli, plan, options));
  if (applied) await plan.apply();
  const result = {
    tool: tool.id,
    file: plan.file,
    undo: options.undo === true,
    changed: changes,
    applied,
    difference: plan.difference,
  };
  report(cli, result, () => outcome(tool, plan, { changes, applied, options }));
}

async function findTool(id: string): Promise<ToolSetup> {
  if (!isToolId(id))
    throw new TollkeeperError(
      'wrong_usage',
      `toll setup knows ${toolIds.join(', ')}; ${JSON.stringify(id)} is none of them.`,
    );
  const { toolSetups } = await import('../setup/tools.ts');
  return toolSetups[id];
}

/** The tool's providers on the running gateway: those with a stored key, or all when it has none of them yet. */
async function readTarget(cli: Cli, tool: ToolSetup): Promise<SetupTarget> {
  return withControl(cli, async (control) => {
    const [status, credentials, providers] = await Promise.all([
      control.call('status.read', {}),
      control.call('credential.list', {}),
      control.call('provider.list', {}),
    ]);
    const gatewayUrl = status.gateway.url;
    if (gatewayUrl === null) throw new TollkeeperError('gateway_starting', status.gateway.message ?? undefined);
    const known = Object.entries(findToolProviders(tool.id) ?? {}).flatMap(([id, { name, path, keyVariable }]) => {
      const originalUrl = providers.find((provider) => provider.id === id)?.baseUrl ?? null;
      return name === null ? [] : [{ id, name, keyVariable, url: `${gatewayUrl}${path}`, originalUrl }];
    });
    const withKey = known.filter((provider) => credentials.some((credential) => credential.provider === provider.id));
    if (withKey.length === 0) {
      note(
        cli,
        `There is no key yet for ${known.map((provider) => provider.id).join(', ')}. Add one with: toll key add PROVIDER`,
      );
    }
    return { providers: withKey.length > 0 ? withKey : known.slice(0, 1), toll: tollCommand(cli) };
  });
}

/** `toll` when it is on PATH, else this very script, so that the tool finds it from any folder. */
function tollCommand(cli: Cli): string[] {
  return findExecutable(cli, 'toll').state === 'found' ? ['toll'] : [...cli.ownCommand];
}

function showDifference(cli: Cli, plan: SetupPlan): void {
  const paint = paintFor(cli, cli.stderr);
  const tones = { '+': 'green', '-': 'red', '@': 'cyan' } as const;
  const lines = plan.difference.split(/\r?\n/).map((line) => {
    const sign = line[0];
    const shown = line.split('\t').map(safeText).join('\t');
    return sign === '+' || sign === '-' || sign === '@' ? paint(tones[sign], shown) : shown;
  });
  note(cli, lines.join('\n'));
}

async function isAgreed(cli: Cli, plan: SetupPlan, options: SetupOptions): Promise<boolean> {
  if (options.yes || plan.difference === '') return true;
  if (cli.stdin.isTTY !== true) {
    throw new TollkeeperError('access_denied', 'Nothing was changed: without a terminal to ask on, agree with --yes.');
  }
  if (await confirm(cli, `Change ${plan.file}?`)) return true;
  throw new TollkeeperError('access_denied', 'Nothing was changed.');
}

function outcome(
  tool: ToolSetup,
  plan: SetupPlan,
  {
    changes,
    applied,
    options,
  }: { readonly changes: boolean; readonly applied: boolean; readonly options: SetupOptions },
): string {
  if (options.dryRun) return changes ? 'Nothing was changed (--dry-run).' : `${tool.name} needs no change.`;
  if (options.undo) return `${tool.name} is as it was before: ${plan.file}`;
  const undo = `Undo with: toll setup ${tool.id} --undo`;
  return applied
    ? `${tool.name} now uses the gateway. ${tool.nextStep}\n${undo}`
    : `${tool.name} already uses the gateway. ${tool.nextStep}\n${undo}`;
}
