import type { Command } from '#renderer/components/commands.ts';

/** The acts of Access that the command palette offers. */
export function useAccessCommands(): readonly Command[] {
  return [];
}
