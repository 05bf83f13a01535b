import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type HomePaths, homePaths } from '#shared/contract/home.ts';
import type { OperationOutput } from '#shared/contract/operations.ts';
import { readyFileSchema } from '#shared/contract/status.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import { providers } from '#shared/provider/index.ts';
import { toolIds } from '#shared/provider/tool/tool-providers.ts';
import { keyVariableNames } from '../child-environment.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { readSetupState } from '../setup/engine.ts';
import { toolSetups } from '../setup/tools.ts';

type Check = OperationOutput<'doctor.run'>[number];

/** What can be seen from here, then what the running Tollkeeper finds; when none runs, that is a failed check. */
export async function checkAll(cli: Cli): Promise<readonly Check[]> {
  const paths = homePaths(cli);
  const local = await Promise.all([checkNode(), checkHome(cli, paths), checkShellKeys(cli), checkEnvironmentFile(cli)]);
  const running = await checkRunning(cli, paths);
  const tools = await Promise.all(toolIds.map((id) => checkTool(paths, id)));
  return [...local, ...running, ...tools];
}

/** Node can load ES modules by `require` since 20.19 and 22.12, which the bundle of `toll serve` does. */
function checkNode(): Check {
  const isRecent = process.features.require_module === true;
  const message = isRecent
    ? process.versions.node
    : `${process.versions.node} is too old; install Node 20.19, or 22.12 or later.`;
  return { id: 'node', title: 'Node', state: isRecent ? 'ok' : 'failed', message };
}

async function checkHome(cli: Cli, paths: HomePaths): Promise<Check> {
  const check = { id: 'home', title: 'Home folder' };
  const found = await stat(paths.home).catch(() => null);
  if (!found) return { ...check, state: 'ok', message: `${paths.home} will be made at the first start.` };
  const open = cli.platform !== 'win32' && (found.mode & 0o077) !== 0;
  if (open)
    return {
      ...check,
      state: 'failed',
      message: `Others may look into ${paths.home}. Correct it with: chmod 700 '${paths.home}'`,
    };
  return { ...check, state: 'ok', message: paths.home };
}

async function checkRunning(cli: Cli, paths: HomePaths): Promise<readonly Check[]> {
  const check = { id: 'control-socket', title: 'Tollkeeper' };
  try {
    const [status, checks] = await withControl(cli, (control) =>
      Promise.all([control.call('status.read', {}), control.call('doctor.run', {})]),
    );
    const same = status.version === cli.version;
    const message = `${status.version} runs (${status.mode}, process ${status.pid}).${same ? '' : ` This is toll ${cli.version}: restart Tollkeeper to use one version.`}`;
    return [{ ...check, state: same ? 'ok' : 'warning', message }, await checkReadyFile(paths), ...checks];
  } catch (error) {
    return [{ ...check, state: 'failed', message: toErrorDocument(error).message }];
  }
}

async function checkReadyFile(paths: HomePaths): Promise<Check> {
  const check = { id: 'ready-file', title: 'Ready file' };
  const content = await readFile(paths.readyFile, 'utf8').catch(() => '');
  const ready = readyFileSchema.safeParse(parseJson(content));
  if (!ready.success)
    return { ...check, state: 'warning', message: `${paths.readyFile} is missing: the gateway is not ready.` };
  return { ...check, state: 'ok', message: ready.data.gateway };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Names only: a value of these is a secret. */
function checkShellKeys(cli: Cli): Check {
  const found = [...keyVariableNames(Object.values(providers))].filter((name) => cli.environment[name]).sort();
  const check = { id: 'shell-keys', title: 'Keys in the shell' };
  if (found.length === 0) return { ...check, state: 'ok', message: 'The environment holds no provider key.' };
  return {
    ...check,
    state: 'warning',
    message: `${found.join(', ')} is set: every program started here can read it. Store it with toll key add, then remove it from the shell\u2019s profile.`,
  };
}

async function checkEnvironmentFile(cli: Cli): Promise<Check> {
  const check = { id: 'env-file', title: 'Keys in .env' };
  const file = join(cli.workingFolder, '.env');
  const text = await readFile(file, 'utf8').catch(() => '');
  const names = keyVariableNames(Object.values(providers));
  const found = [...text.matchAll(/^\s*(?:export\s+)?([A-Z0-9_]+)\s*=\s*\S/gm)]
    .map((match) => match[1] ?? '')
    .filter((name) => names.has(name));
  if (found.length === 0) return { ...check, state: 'ok', message: 'No .env file with a provider key here.' };
  return {
    ...check,
    state: 'warning',
    message: `${file} holds ${found.join(', ')}. Store it with toll key add, then delete the line.`,
  };
}

async function checkTool(paths: HomePaths, id: (typeof toolIds)[number]): Promise<Check> {
  const tool = toolSetups[id];
  const check = { id: `tool-${id}`, title: tool.name };
  try {
    const state = await readSetupState(tool, paths);
    if (state === 'set-up') return { ...check, state: 'ok', message: 'uses the gateway.' };
    if (state === 'not-set-up')
      return { ...check, state: 'ok', message: `not set up; point it here with: toll setup ${id}` };
    return {
      ...check,
      state: 'warning',
      message: `its configuration was changed after toll setup; look with: toll setup ${id} --dry-run`,
    };
  } catch (error) {
    const message = error instanceof TollkeeperError ? error.message : "its configuration can't be read.";
    return { ...check, state: 'warning', message };
  }
}
