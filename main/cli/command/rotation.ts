import type { Command } from 'commander';
import { TollkeeperError } from '#shared/model/error.ts';
import {
  type Rotation,
  type RotationHours,
  type RotationOverview,
  type RotationScheduleDraft,
  rotationSteps,
} from '#shared/model/rotation.ts';
import { describeSchedule } from '#shared/policy/describe-schedule.ts';
import { rotationNotes } from '#shared/policy/rotation-notes.ts';
import { findProvider } from '#shared/provider/index.ts';
import type { Cli } from '../cli.ts';
import { type ControlClient, withControl } from '../client.ts';
import { findOne } from '../find-one.ts';
import { formatRelative } from '../format.ts';
import { paintFor, report } from '../output.ts';
import { parseCount, parseLimit } from '../parse.ts';
import { collectValues, parseDays, parseHours } from '../parse-schedule.ts';
import { renderTable, safeText } from '../table.ts';
import { addGuidedCommands, leadThrough, sentences, throwIfTroubled } from './guided-rotation.ts';
import { addOrphanCommand } from './orphans.ts';

interface ScheduleOptions {
  readonly every?: number;
  readonly cron?: string;
  readonly hours?: RotationHours;
  readonly jitter?: number;
  readonly off?: true;
}

interface RotateOptions {
  readonly wait?: boolean;
  readonly byHand?: boolean;
}

interface ConnectOptions {
  readonly admin?: string;
  readonly set?: Readonly<Record<string, string>>;
}

/** Adds `rotate` to `toll key`. */
export function addRotateCommand(key: Command, cli: Cli): void {
  key
    .command('rotate')
    .description('change a key now: a new one is made, tried and used, then the old one is revoked')
    .argument('<id>', 'the key\u2019s id, or the beginning of it')
    .option('--wait', 'return when the old key is out of use, or when a person is needed')
    .option('--by-hand', 'make the new key yourself, although the provider has an API for that')
    .addHelpText('after', '\nWhere the provider has no API for it you are led through, and may leave and come back.')
    .action((id: string, options: RotateOptions) => rotate(cli, id, options));
}

/** Adds `toll rotation` with everything about changing keys. */
export function addRotationCommands(program: Command, cli: Cli): void {
  const rotation = program
    .command('rotation')
    .description(
      'changing provider keys: list, history, schedule, connect, pause, resume, roll-back, continue, provide, check, orphans',
    );

  rotation
    .command('list')
    .description('list the keys with their age, their schedule and what is under way')
    .action(() => listKeys(cli));

  rotation
    .command('history')
    .description('show the changes of keys, newest first, with every step')
    .argument('[id]', 'only of this key: its id, or the beginning of it')
    .option('--limit <n>', 'how many at most', parseLimit, 20)
    .action((id: string | undefined, options: { readonly limit: number }) => showHistory(cli, id, options.limit));

  rotation
    .command('schedule')
    .description('say when a key is changed; where its provider has no API for that, you are reminded')
    .argument('<id>', 'the key\u2019s id, or the beginning of it')
    .option('--every <days>', 'so many days after it was stored, such as 30d', parseDays)
    .option('--cron <expression>', 'at these times, such as "0 4 * * 0" for Sundays at four')
    .option('--hours <from-to>', 'begin only in these hours, such as 09-17', parseHours)
    .option('--jitter <minutes>', 'begin up to so many minutes later, so that many do not begin at once', parseCount)
    .option('--off', 'take the schedule away')
    .action((id: string, options: ScheduleOptions) => schedule(cli, id, options));

  rotation
    .command('connect')
    .description('say which admin key changes a key, and what that needs to know')
    .argument('<id>', 'the key\u2019s id, or the beginning of it')
    .option('--admin <id>', 'the admin key\u2019s id, or the beginning of it; not needed where there is only one')
    .option('--set <name=value>', 'such as project=proj_abc123; may be repeated', collectValues)
    .action((id: string, options: ConnectOptions) => connect(cli, id, options));

  rotation
    .command('pause')
    .description('begin no change of a key, and let one that is under way wait after its present step')
    .argument('<id>', 'the key\u2019s id, or the beginning of it')
    .action((id: string) => pause(cli, id, true));

  rotation
    .command('resume')
    .description('end a pause; what was missed is made up for')
    .argument('<id>', 'the key\u2019s id, or the beginning of it')
    .action((id: string) => pause(cli, id, false));

  rotation
    .command('roll-back')
    .description('go back to the old key, as long as it can be')
    .argument('<id>', 'the rotation\u2019s id, or the beginning of it')
    .action((id: string) => rollBack(cli, id));

  rotation
    .command('continue')
    .description('go on with a change that stopped')
    .argument('<id>', 'the rotation\u2019s id, or the beginning of it')
    .option('--force', 'although the step at which it stands found reason not to')
    .action((id: string, options: { readonly force?: true }) => goOn(cli, id, options.force === true));

  addGuidedCommands(rotation, cli);
  addOrphanCommand(rotation, cli);
}

async function rotate(cli: Cli, id: string, { wait = false, byHand = false }: RotateOptions): Promise<void> {
  await withControl(cli, async (control) => {
    const key = await findKey(control, id);
    const current = (await control.call('rotation.list', {})).find(
      ({ credentialId }) => credentialId === key.id,
    )?.current;
    if (current?.guided === true) return leadThrough(cli, control, current);
    const how = byHand ? { guided: true } : {};
    const begun = await control.call('rotation.start', { credentialId: key.id, ...how });
    if (begun.guided === true) return leadThrough(cli, control, begun);
    const rotation = wait ? await control.call('rotation.wait', { id: begun.id }) : begun;
    throwIfTroubled(rotation);
    report(cli, rotation, () =>
      wait ? sentences(rotation) : `Began ${rotation.id}. Follow it with: toll rotation history ${key.id}`,
    );
  });
}

async function listKeys(cli: Cli): Promise<void> {
  const keys = await withControl(cli, (control) => control.call('rotation.list', {}));
  report(cli, keys, () =>
    keys.length === 0 ? 'No key is stored. Add one with: toll key add PROVIDER' : renderKeys(cli, keys),
  );
}

const methodWords: Readonly<Record<RotationOverview['method'], string>> = {
  automatic: 'by itself',
  'not-connected': 'not connected',
  'by-hand': 'by hand',
};

function renderKeys(cli: Cli, keys: readonly RotationOverview[]): string {
  const paint = paintFor(cli);
  return renderTable(keys, [
    { title: 'KEY', value: (row) => row.credentialId },
    { title: 'LABEL', value: (row) => safeText(row.label) },
    { title: 'AGE', value: (row) => `${row.ageDays} d`, align: 'right' },
    { title: 'CHANGED', value: (row) => methodWords[row.method] },
    { title: 'SCHEDULE', value: (row) => safeText(describeSchedule(row.setup.schedule)) },
    { title: 'NEXT', value: (row) => nextWords(cli, row) },
    {
      title: 'NOW',
      value: ({ current }) =>
        current === null
          ? ''
          : paint(current.state === 'stopped' ? 'red' : 'cyan', `${current.id} ${current.state} at ${current.step}`),
    },
  ]);
}

function nextWords(cli: Cli, { setup, due }: RotationOverview): string {
  if (setup.paused) return 'paused';
  if (due) return paintFor(cli)('amber', 'due');
  return setup.nextAt === null ? '' : formatRelative(setup.nextAt, cli.now());
}

async function showHistory(cli: Cli, id: string | undefined, limit: number): Promise<void> {
  const history = await withControl(cli, async (control) => {
    const key = id === undefined ? {} : { credentialId: (await findKey(control, id)).id };
    return control.call('rotation.history', { ...key, limit: Math.min(limit, 500) });
  });
  report(cli, history, () =>
    history.length === 0
      ? 'No key was changed yet.'
      : history
          .map((rotation) =>
            [
              `${rotation.id}  ${rotation.credentialId}  ${safeText(rotation.label)}  ${formatRelative(rotation.startedAt, cli.now())}`,
              `  ${sentences(rotation)}`,
              ...rotation.steps.map(
                ({ step, outcome, message }) =>
                  `  ${outcome.padEnd(6)}  ${rotationSteps[step]}${message === null ? '' : `: ${safeText(message)}`}`,
              ),
            ].join('\n'),
          )
          .join('\n\n'),
  );
}

async function schedule(cli: Cli, id: string, options: ScheduleOptions): Promise<void> {
  const draft = draftOf(options);
  await withControl(cli, async (control) => {
    const key = await findKey(control, id);
    reportOverview(cli, await control.call('rotation.schedule', { credentialId: key.id, schedule: draft }));
  });
}

function draftOf({ every, cron, hours, jitter, off }: ScheduleOptions): RotationScheduleDraft | null {
  const chosen = [every, cron, off].filter((value) => value !== undefined);
  if (chosen.length !== 1) throw new TollkeeperError('wrong_usage', 'Say when: one of --every, --cron or --off.');
  const when = { hours: hours ?? null, ...(jitter === undefined ? {} : { jitterMinutes: jitter }) };
  if (every !== undefined) return { kind: 'every', days: every, ...when };
  return cron === undefined ? null : { kind: 'cron', expression: cron, ...when };
}

async function connect(cli: Cli, id: string, { admin, set }: ConnectOptions): Promise<void> {
  if (admin === undefined && set === undefined)
    throw new TollkeeperError('wrong_usage', 'Say what: --admin ID, --set NAME=VALUE, or both.');
  await withControl(cli, async (control) => {
    const key = await findKey(control, id);
    const adminKeyId =
      admin === undefined
        ? {}
        : { adminKeyId: findOne(await control.call('adminKey.list', {}), admin, 'admin key').id };
    const parameters = set === undefined ? {} : { parameters: { ...set } };
    const overview = await control.call('rotation.connect', { credentialId: key.id, ...adminKeyId, ...parameters });
    const support = findProvider(overview.provider)?.rotation;
    const notes = support === undefined ? [] : rotationNotes(support);
    report(cli, overview, () => [renderKeys(cli, [overview]), ...notes].join('\n'));
  });
}

async function pause(cli: Cli, id: string, paused: boolean): Promise<void> {
  await withControl(cli, async (control) => {
    const key = await findKey(control, id);
    reportOverview(cli, await control.call('rotation.pause', { credentialId: key.id, paused }));
  });
}

function reportOverview(cli: Cli, overview: RotationOverview): void {
  report(cli, overview, () => renderKeys(cli, [overview]));
}

async function rollBack(cli: Cli, id: string): Promise<void> {
  await withControl(cli, async (control) => {
    const { id: whole } = await findRotation(control, id);
    const rotation = await control.call('rotation.rollBack', { id: whole });
    report(cli, rotation, () => sentences(rotation));
  });
}

async function goOn(cli: Cli, id: string, force: boolean): Promise<void> {
  await withControl(cli, async (control) => {
    const { id: whole } = await findRotation(control, id);
    const rotation = await control.call('rotation.continue', { id: whole, force });
    report(cli, rotation, () => sentences(rotation));
  });
}

async function findRotation(control: ControlClient, id: string): Promise<Rotation> {
  return findOne(await control.call('rotation.history', { limit: 500 }), id, 'rotation');
}

async function findKey(control: ControlClient, id: string): Promise<{ readonly id: string }> {
  return findOne(await control.call('credential.list', {}), id, 'key');
}
