import { TollkeeperError } from '#shared/model/error.ts';
import { type Settings, settingsSchema } from '#shared/model/settings.ts';
import type { Database } from '../database.ts';
import type { SettingsStore } from './registry.ts';

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The user's settings on a registry database. */
export function createSettingsStore(database: Database): SettingsStore {
  function kept(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      database.all('SELECT name, value FROM settings').map((row) => [String(row.name), parseValue(String(row.value))]),
    );
  }

  function read(): Settings {
    const values = kept();
    const whole = settingsSchema.safeParse(values);
    if (whole.success) return whole.data;
    const unreadable = new Set(whole.error.issues.map(({ path }) => path[0]));
    return settingsSchema.parse(Object.fromEntries(Object.entries(values).filter(([name]) => !unreadable.has(name))));
  }

  return {
    read,
    update: (changes) =>
      database.transaction(() => {
        const named = Object.entries(changes).filter(
          ([name, value]) => value !== undefined && Object.hasOwn(settingsSchema.shape, name),
        );
        const checked = settingsSchema.safeParse({ ...read(), ...Object.fromEntries(named) });
        if (!checked.success) {
          const issue = checked.error.issues[0];
          throw new TollkeeperError(
            'invalid_request',
            `The setting ${issue?.path.join('.') ?? ''} is not valid: ${issue?.message ?? ''}`,
          );
        }
        for (const [name, value] of named) {
          database.run(
            'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
            name,
            JSON.stringify(value),
          );
        }
        return checked.data;
      }),
  };
}
