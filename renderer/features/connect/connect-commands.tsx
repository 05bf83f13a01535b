import type { Command } from '#renderer/components/commands.ts';

/** The acts of Connect that the command palette offers. */
export function useConnectCommands(): readonly Command[] {
  return [];
}
