import type { Command } from '#renderer/components/commands.ts';

/** The acts of Settings that the command palette offers. */
export function useSettingsCommands(): readonly Command[] {
  return [];
}
