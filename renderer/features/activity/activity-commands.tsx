import type { Command } from '#renderer/components/commands.ts';

/** The acts of Activity that the command palette offers. */
export function useActivityCommands(): readonly Command[] {
  return [];
}
