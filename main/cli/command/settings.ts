import type { Command } from 'commander';
import { TollkeeperError } from '#shared/model/error.ts';
import { type Settings, settingsChangesSchema, settingsSchema } from '#shared/model/settings.ts';
import type { Cli } from '../cli.ts';
import { withControl } from '../client.ts';
import { note, report } from '../output.ts';
import { renderTable, safeText } from '../table.ts';

const defaults = settingsSchema.parse({});
const names = Object.keys(defaults);

/** Adds `toll settings` with `list` and `set`. */
export function addSettingsCommands(program: Command, cli: Cli): void {
  const settings = program.command('settings').description('what the dashboard sets, from a terminal: list, set');

  settings
    .command('list')
    .description('list the settings')
    .action(() => listSettings(cli));

  settings
    .command('set')
    .description('change one; docs/settings.md says what each does')
    .argument('<name>', 'its name, such as proxy')
    .argument('<value>', 'its value; null, true, false and lists as in JSON, and default for what it was at first')
    .action((name: string, value: string) => setSetting(cli, name, value));
}

async function listSettings(cli: Cli): Promise<void> {
  const settings = await withControl(cli, (control) => control.call('settings.read', {}));
  report(cli, settings, () =>
    renderTable(Object.entries(settings), [
      { title: 'SETTING', value: ([name]) => name },
      { title: 'VALUE', value: ([, value]) => safeText(shown(value)) },
      { title: 'DEFAULT', value: ([name]) => shown(defaults[name as keyof Settings]) },
    ]),
  );
}

async function setSetting(cli: Cli, name: string, text: string): Promise<void> {
  if (!names.includes(name)) {
    throw new TollkeeperError(
      'wrong_usage',
      `There is no setting ${JSON.stringify(name)}. There are: ${names.join(', ')}.`,
    );
  }
  const value = text === 'default' ? defaults[name as keyof Settings] : parsed(text);
  const changes = settingsChangesSchema.safeParse({ [name]: value });
  if (!changes.success) {
    const [issue] = changes.error.issues;
    throw new TollkeeperError('wrong_usage', `${name} can’t be that: ${issue?.message ?? 'see docs/settings.md'}.`);
  }
  const settings = await withControl(cli, (control) => control.call('settings.update', changes.data));
  report(cli, settings, () => '');
  note(cli, `${name} is ${safeText(shown(settings[name as keyof Settings]))}.`);
}

/** What reads as JSON is that; everything else is a text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
