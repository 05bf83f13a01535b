import type { Command } from '#renderer/components/commands.ts';

/** The acts of Keys that the command palette offers. */
export function useKeysCommands(): readonly Command[] {
  return [];
}
