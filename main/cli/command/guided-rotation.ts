import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { OperationOutput } from '#shared/contract/operations.ts';
import { type ErrorCode, TollkeeperError } from '#shared/model/error.ts';
import type { KeyGuide } from '#shared/model/provider.ts';
import type { Rotation } from '#shared/model/rotation.ts';
import { describeRotation } from '#shared/policy/describe-rotation.ts';
import { isOldKeyStillWorking, keyGuideOf, type PersonTask, personTask } from '#shared/policy/guided-rotation.ts';
import { customDefinitionId, findProvider } from '#shared/provider/index.ts';
import type { Cli } from '../cli.ts';
import { type ControlClient, withControl } from '../client.ts';
import { findOne } from '../find-one.ts';
import { note, report } from '../output.ts';
import { readSecret } from '../read-secret.ts';
import { safeText } from '../table.ts';

/** Adds `provide` and `check` to `toll rotation`: what a person does in a change that no API does. */
export function addGuidedCommands(rotation: Command, cli: Cli): void {
  rotation
    .command('provide')
    .description('give the new key that you made, read from stdin or a hidden prompt')
    .argument('<id>', 'the rotation\u2019s id, or the beginning of it')
    .addHelpText('after', '\nExample: printf %s "$KEY" | toll rotation provide rot_ab12')
    .action((id: string) => provide(cli, id));

  rotation
    .command('check')
    .description('try the old key, which you deleted, until its provider refuses it')
    .argument('<id>', 'the rotation\u2019s id, or the beginning of it')
    .action((id: string) => check(cli, id));
}

/** All that a person must know of a rotation. */
export function sentences(rotation: Rotation): string {
  const { state, serving, living, advice } = describeRotation(rotation);
  return safeText([state, serving, living, advice].filter((part) => part !== '').join(' '));
}

/** Throws what stopped a rotation, unless it waits for what a person was meant to do anyway. */
export function throwIfTroubled(rotation: Rotation): void {
  const isTroubled = rotation.state === 'failed' || (rotation.state === 'stopped' && personTask(rotation) === null);
  if (!isTroubled) return;
  throw new TollkeeperError(rotation.problem?.code ?? 'internal', sentences(rotation), {
    details: { rotationId: rotation.id, state: rotation.state },
  });
}

/** Leads a person through a change in the terminal. Where nobody is there it says what to do and ends. */
export async function leadThrough(cli: Cli, control: ControlClient, begun: Rotation): Promise<void> {
  let rotation = await control.call('rotation.wait', { id: begun.id });
  const guide = guideOf(rotation.provider);
  const isThere = cli.stdin.isTTY === true && !cli.json;
  for (let task = personTask(rotation); task !== null && isThere; task = personTask(rotation)) {
    note(cli, instructions(rotation, task, guide));
    const next =
      task === 'give-new-key' ? await takeKey(cli, control, rotation) : await endOldKey(cli, control, rotation);
    if (next === null) return note(cli, `It waits. Go on with: toll key rotate ${rotation.credentialId}`);
    rotation = next;
  }
  throwIfTroubled(rotation);
  const task = personTask(rotation);
  report(cli, rotation, () =>
    task === null ? sentences(rotation) : `${instructions(rotation, task, guide)}\n${sentences(rotation)}`,
  );
}

function guideOf(provider: string): KeyGuide {
  const known = findProvider(provider) ?? findProvider(customDefinitionId);
  return known === undefined ? { page: null, create: [], remove: [] } : keyGuideOf(known);
}

function instructions({ oldKey }: Rotation, task: PersonTask, { page, create, remove }: KeyGuide): string {
  const isNew = task === 'give-new-key';
  const what = isNew ? 'Make a new key' : `Delete the old key ${oldKey.fingerprint ?? ''}`;
  const where = page === null ? `${what}:` : `${what} at ${page}`;
  const clicks = (isNew ? create : remove).map((click, index) => `  ${index + 1}. ${click}`);
  return [where, ...clicks].join('\n');
}

/** What is wrong with a key that was given, so that another one may be given. */
const keyCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'key_malformed',
  'key_unchanged',
  'key_rejected',
  'key_of_other_account',
  'upstream_unreachable',
]);

/** Takes keys until one does; null when the person leaves. */
async function takeKey(cli: Cli, control: ControlClient, { id }: Rotation): Promise<Rotation | null> {
  for (;;) {
    const secret = await readSecret(cli, 'The new key (not shown; empty to leave): ');
    if (secret.trim() === '') return null;
    try {
      const provided = await control.call('rotation.provide', { id, secret });
      note(cli, comparisonWords(provided));
      note(cli, 'The calls move to it. This may take a minute.');
      return await control.call('rotation.wait', { id });
    } catch (error) {
      if (!(error instanceof TollkeeperError && keyCodes.has(error.code))) throw error;
      note(cli, safeText(error.message));
    }
  }
}

function comparisonWords({ comparison, account, rotation }: OperationOutput<'rotation.provide'>): string {
  if (comparison === 'same-account') return safeText(`It works, and belongs to the same account (${account ?? ''}).`);
  return safeText(`It works. ${nameOf(rotation)} does not tell whose key it is, so the account was not compared.`);
}

function nameOf({ provider }: Rotation): string {
  return findProvider(provider)?.name ?? provider;
}

/** Has the old key tried when the person says that it is deleted; null when the person leaves. */
async function endOldKey(cli: Cli, control: ControlClient, rotation: Rotation): Promise<Rotation | null> {
  const { id } = rotation;
  if (isOldKeyStillWorking(rotation)) note(cli, 'The old key still works.');
  const answer = await ask(cli, 'Enter when it is deleted, f to finish although it lives, q to leave: ');
  if (/^q/i.test(answer)) return null;
  const force = /^f/i.test(answer);
  if (!force) note(cli, `${nameOf(rotation)} is asked until it refuses the old key, for two minutes at most.`);
  await control.call('rotation.continue', { id, force });
  return control.call('rotation.wait', { id });
}

async function ask(cli: Cli, question: string): Promise<string> {
  const terminal = createInterface({ input: cli.stdin, output: cli.stderr });
  const gone = new Promise<string>((resolve) => terminal.once('close', () => resolve('q')));
  try {
    return (await Promise.race([terminal.question(question), gone])).trim();
  } finally {
    terminal.close();
  }
}

async function provide(cli: Cli, id: string): Promise<void> {
  await withControl(cli, async (control) => {
    const rotation = await findRotation(control, id);
    const secret = await readSecret(cli, 'The new key (not shown): ');
    const provided = await control.call('rotation.provide', { id: rotation.id, secret });
    report(
      cli,
      provided,
      () => `${comparisonWords(provided)} Follow it with: toll rotation history ${rotation.credentialId}`,
    );
  });
}

async function check(cli: Cli, id: string): Promise<void> {
  await withControl(cli, async (control) => {
    const found = await findRotation(control, id);
    if (personTask(found) !== 'end-old-key')
      throw new TollkeeperError(
        'conflict',
        safeText(`There is nothing to check now. ${describeRotation(found).state}`),
      );
    await control.call('rotation.continue', { id: found.id });
    const rotation = await control.call('rotation.wait', { id: found.id });
    throwIfTroubled(rotation);
    if (personTask(rotation) !== null)
      throw new TollkeeperError('old_key_alive', `The old key still works. ${sentences(rotation)}`, {
        details: { rotationId: rotation.id },
      });
    report(cli, rotation, () => sentences(rotation));
  });
}

async function findRotation(control: ControlClient, id: string): Promise<Rotation> {
  return findOne(await control.call('rotation.history', { limit: 500 }), id, 'rotation');
}
